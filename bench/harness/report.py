"""Medians of what was measured, tables of them, and the files that keep both."""

import dataclasses
import json
import statistics

# What tables show of a run: its name in reports, heading, divisor, decimals.
COLUMNS = {
    "events_per_second": ("events/s", 1, 0),
    "decode_ns": ("ns to decode", 1, 0),
    "encode_ns": ("ns to encode", 1, 0),
    "p50_ms": ("p50 ms", 1, 1),
    "p99_ms": ("p99 ms", 1, 1),
    "p99_9_ms": ("p99.9 ms", 1, 1),
    "restart_ms": ("ms to the first new charge", 1, 0),
    "peak_memory": ("peak MiB", 2**20, 0),
    "store_bytes_per_event": ("store B/event", 1, 0),
}
BEGIN = "<!-- results: written by ops/bench -->"
END = "<!-- end of results -->"


def spread(values):
    return {"median": statistics.median(values), "min": min(values), "max": max(values)}


def summary(entry):
    names = [name for name, value in entry.runs[0].items() if isinstance(value, (int, float))]
    return {"contestant": entry.contestant.name, "variant": entry.variant, "tuning": entry.tuning,
            "workload": entry.field.workload.describe(),
            "hash": entry.runs[0].get("hash"), "runs": entry.runs,
            "measures": {name: spread([run[name] for run in entry.runs]) for name in names}}


def judge(claim, entries):
    """None where a side did not take part."""
    if claim.over not in entries or (claim.under and claim.under not in entries):
        return None
    over = [run[claim.metric] / claim.divisor for run in entries[claim.over].runs]
    if claim.under:
        over = [a / b[claim.metric] for a, b in zip(over, entries[claim.under].runs)]
    found = spread(over)

    def holds(bound):
        return bound is None or (found["median"] >= bound if claim.at_least else found["median"] <= bound)

    verdict = ""
    if claim.must is not None:
        verdict = "target" if holds(claim.target) else "must" if holds(claim.must) else "no"
    return dataclasses.asdict(claim) | found | {"reached": verdict}


def number(value, decimals=None):
    if decimals is None:
        decimals = 0 if abs(value) >= 1_000 else 2
    return f"{value:,.{decimals}f}"


def row(cells):
    return "| " + " | ".join(cells) + " |"


def measures_table(entries):
    lines = [row(["contestant", "measure", "median", "min", "max"]), "|---|---|---:|---:|---:|"]
    for name, entry in entries.items():
        variant = ", ".join(f"{key} {value}" for key, value in entry["variant"].items())
        label = f"`{name}`" + (f" ({variant})" if variant else "")
        for measure, (heading, divisor, decimals) in COLUMNS.items():
            if measure not in entry["measures"]:
                continue
            found = entry["measures"][measure]
            values = [number(found[part] / divisor, decimals) for part in ("median", "min", "max")]
            lines.append(row([label, heading, *values]))
            label = ""
    return lines


def claims_table(claims):
    lines = [row(["within a round", "median", "min", "max", "must", "target", "reached"]),
             "|---|---:|---:|---:|---:|---:|---|"]
    for claim in claims:
        sign = "≥" if claim["at_least"] else "≤"
        what = f"`{claim['over']}`" + (f" : `{claim['under']}`" if claim["under"] else "")
        unit = f" {claim['unit']}" if claim["unit"] else ""
        bounds = ["" if claim[part] is None else f"{sign} {number(claim[part])}{unit}"
                  for part in ("must", "target")]
        values = [number(claim[part]) + unit for part in ("median", "min", "max")]
        lines.append(row([f"{what}, {COLUMNS[claim['metric']][0]}", *values, *bounds, claim["reached"]]))
    return lines


def stages_table(entries):
    """Microseconds an event by stage, of all threads."""
    lines = [row(["stage", "µs an event, median", "min", "max"]), "|---|---:|---:|---:|"]
    for entry in entries.values():
        for name, found in entry["measures"].items():
            if name.startswith("us_"):
                values = [number(found[part], 3) for part in ("median", "min", "max")]
                lines.append(row([name[3:].replace("_", " "), *values]))
    return lines


def model_table(entries):
    """What machines should carry if nothing but processor time counted and all of it were used."""
    measures = next(iter(entries.values()))["measures"]
    own, broker = measures["us_total"]["median"], measures["us_broker"]["median"]
    lines = ["", "By these costs, were all cores used to the full and nothing else in the way (a model, no",
             "measurement), events/s:", "", row(["cores", "broker elsewhere", "broker on the same machine"]),
             "|---:|---:|---:|"]
    return lines + [row([str(cores), number(cores * 1e6 / own, 0), number(cores * 1e6 / (own + broker), 0)])
                    for cores in (2, 8, 32)]


def group_text(group):
    made, machine = group["versions"], group["machine"]
    lines = [f"### {group['title']}", "",
             f"{group['date']}, {group['rounds']} rounds, seed {group['seed']},",
             f"{number(group['events'])} events;",
             f"{machine['cores']} cores ({machine['processor']}), {machine['memory_gib']} GiB; commit",
             f"{made['commit']}, librdkafka {made['librdkafka']}, RocksDB {made['RocksDB']}, Apache Kafka",
             f"{made['Apache Kafka']}, PostgreSQL {made['PostgreSQL']}, {made['java']}.", ""]
    if group["name"] == "stages":
        lines += stages_table(group["entries"]) + model_table(group["entries"])
    else:
        lines += measures_table(group["entries"])
    if group["claims"]:
        lines += ["", *claims_table(group["claims"])]
    return lines + [""]


def text_of(groups):
    lines = []
    for group in groups.values():
        lines += group_text(group)
    return "\n".join(lines).rstrip() + "\n"


def read_results(path):
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}


def write_results(groups, results, readme):
    """Groups that were not measured this time stay as they were. `readme`: None, or a file with the marks."""
    kept = read_results(results) | groups
    results.parent.mkdir(parents=True, exist_ok=True)
    results.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    if readme is None:
        return
    text = readme.read_text(encoding="utf-8")
    head, rest = text.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    readme.write_text(f"{head}{BEGIN}\n\n{text_of(kept)}\n{END}{tail}", encoding="utf-8")
