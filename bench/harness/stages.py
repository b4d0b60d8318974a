"""Microseconds an event by stage, by sampling the engine's threads: each sample goes to the stage of the
function that was running, by the first pattern that fits it. What was inlined counts where it was inlined
to."""

import collections
import os
import pathlib
import re
import subprocess

import tools
from contestants import Contestant
from tools import BenchError, call

SAMPLES_PER_SECOND = 997

# Stage, library or program, function. The order decides.
STAGES = [(stage, re.compile(library), re.compile(function)) for stage, library, function in [
    ("kernel", r"kernel|\[vdso\]|^\[", r""),
    ("librdkafka", r"librdkafka|libcrypto|libssl|libz|liblz4|libsasl", r""),
    ("memory", r"jemalloc", r""),
    ("memory", r"", r"^(mem(cpy|move|set|cmp)|__mem|operator new|operator delete|malloc|free|_int_)"),
    ("store", r"librocksdb|libsnappy", r""),
    ("store", r"", r"rocksdb::|RocksdbStore|LZ4_"),
    ("decode", r"", r"decode_event|flatbuffers::(Verifier|Table|Vector)|check_form|Read::|utf8|wire::"),
    ("encode", r"", r"Encoder|FlatBufferBuilder|vector_downward|append_event_row|append_account"),
    ("identity", r"", r"charge_id_of|sha1|content_of|XXH|hash_row|SetHash|digest"),
    ("produce", r"", r"kafka::(Producing|Transactions|headers_for)|Outputs|commit_chunk|Committer"),
    ("poll", r"", r"kafka::(Feed|Source|Client)|MessageHandle"),
    ("look up", r"", r"Accounts::|find_known|_Hashtable|parse_account|parse_event_row|Partition::find"),
    ("rate", r"", r"subledger::(apply|rate|price|Fold|Accumulat|Grant|Catalog|Local|Tariff|examine|civil)"),
    ("partition", r"", r"Partition::|Lane::|run_engine"),
    ("locks and waits", r"libc|libpthread", r"pthread|futex|lll_|clock|poll|epoll"),
]]


def stage_of(library, function):
    for stage, of_library, of_function in STAGES:
        if of_library.search(library) and of_function.search(function):
            return stage
    return "other"


def processor_seconds(pid):
    """Of a process so far, in all its threads."""
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def count_samples(data):
    """Samples by stage, from one line each: `<address> <function> (<library>)`."""
    words = ["perf", "script", "--input", str(data), "--fields", "ip,sym,dso"]
    counts = collections.Counter()
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as script:
        for line in script.stdout:
            found = re.match(r"\s*[0-9a-f]+ (.*) \((.*)\)$", line)
            if found:
                counts[stage_of(found[2], found[1])] += 1
    return counts


class Stages(Contestant):
    variants = ({"lanes": 2},)

    def run(self, field, variant):
        data = field.scratch / "perf.data"
        sampling = tools.options(event="cpu-clock", freq=SAMPLES_PER_SECOND, output=data)
        broker = (field.plan.scratch / "broker" / "pid").read_text(encoding="utf-8").strip()
        # Of the first run, much of the broker's time goes into compiling itself.
        self.carry(field, variant)
        field.renew_outputs()
        before = processor_seconds(broker)
        try:
            self.carry(field, variant, "perf", "record", *sampling, "--")
            in_broker = processor_seconds(broker) - before
            counts = count_samples(data)
        except FileNotFoundError as missing:
            raise BenchError("perf is not there; 'ops/setup bench' installs linux-perf") from missing
        finally:
            data.unlink(missing_ok=True)
        field.renew_outputs()
        per_event = 1e6 / SAMPLES_PER_SECOND / field.records
        names = dict.fromkeys([stage for stage, _, _ in STAGES] + ["other"])
        report = {f"us_{name.replace(' ', '_')}": counts[name] * per_event for name in names}
        return report | {"us_total": sum(counts.values()) * per_event,
                         "us_broker": in_broker * 1e6 / field.records}

    def carry(self, field, variant, *before):
        """An engine's run; `before`: words of a program that starts it."""
        with field.new_directory("store") as store:
            run = tools.options(log=field.log, topic_prefix=field.prefix, store=store,
                                group=field.new_name("stages"), **variant)
            call(*before, field.plan.build / "subledger_bench", "engine", "--unchecked", *run)
