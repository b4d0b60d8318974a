"""Commands that read a whole log or store, on one embedded log that the engine has been through: how fast,
and with how much memory. Each is the program itself, from its start to its end."""

import json
import os
import pathlib
import subprocess
import tempfile
import time

import tools
from contestants import Contestant
from field import Field
from tools import BenchError, call

DIFFERENCES = 4  # exit code


def measured(words, allowed=(0,)):
    """Runs a program. Seconds, its peak of resident memory, and its standard output."""
    words = [str(word) for word in words]
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as errors:
        begun = time.monotonic()
        child = subprocess.Popen(words, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        _, status, usage = os.wait4(child.pid, 0)
        seconds = time.monotonic() - begun
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        errors.seek(0)
        if child.returncode not in allowed:
            raise BenchError(f"{' '.join(words)}: exit code {child.returncode}\n{errors.read().decode()}")
        return {"seconds": seconds, "peak_memory": usage.ru_maxrss * 1024,
                "user_seconds": usage.ru_utime, "system_seconds": usage.ru_stime}, out.read().decode()


def lines_of(text):
    return [json.loads(line) for line in text.splitlines()]


def dearer(document):
    """The catalog with all prices of its first tier half as high again."""
    for tariff in document["tariffs"].values():
        for rule in tariff.get("traffic", []):
            rule["tiers"][0]["price"] = f"{float(rule['tiers'][0]['price']) * 1.5:.2f}"
    return document


class QueryField(Field):
    """The log, its store, and the other catalog."""

    def open(self, address):
        super().open(None)
        self.log = f"sqlite:{self.scratch}/ledger.db"
        self.store = self.scratch / "store"
        self.fill(self.log, "subledger.")
        self.call("run", "--until-end", store=self.store)
        self.digests = lines_of(call(*self.words("digest"), "--store", self.store))
        shown = self.call("catalog", "show", "--output", "json").splitlines()
        self.catalog = self.scratch / "dearer.json"
        self.catalog.write_text(json.dumps(dearer(json.loads(shown[0])["catalog"])), encoding="utf-8")

    def words(self, *words):
        return [self.plan.build / "subledger", *words]

    def call(self, *words, **options):
        return call(*self.words(*words), *tools.options(log=self.log, **options))


class Query(Contestant):
    """A command over all records. `words` is given the field and a directory for what it leaves, and `check`
    these and what the command printed."""

    def __init__(self, name, words, check, allowed=(0,)):
        super().__init__(f"query/{name}")
        self.words, self.check, self.allowed = words, check, allowed

    def run(self, field, variant):
        with field.new_directory(self.name.split("/")[1]) as directory:
            directory.mkdir()
            report, said = measured(field.words(*self.words(field, directory)), self.allowed)
            self.check(field, directory, said)
        return report | {"records": field.records, "events_per_second": field.records / report["seconds"]}


def replay_words(field, directory):
    return ["replay", *tools.options(log=field.log, into=directory / "store"), "--output", "json"]


def check_replay(field, directory, said):
    field.check("query/replay", [line["digest"] for line in lines_of(said)],
                [line["digest"] for line in field.digests], "the digests")


def what_if_words(field, directory):
    return ["whatif", *tools.options(log=field.log, catalog=field.catalog, scratch=directory),
            "--output", "table"]


def check_what_if(field, directory, said):
    if "pay more" not in said:
        raise BenchError("query/whatif has no summary")
    field.check("query/whatif", list(pathlib.Path(directory).iterdir()), [], "what it left")


def verify_words(field, directory):
    return ["verify", *tools.options(log=field.log, store=field.store, scratch=directory)]


def check_verify(field, directory, said):
    lines = lines_of(said)
    field.check("query/verify", lines[-1], {"totals": {"findings": 0}}, "the end")
    field.check("query/verify", sum(line["events"] for line in lines[:-1]), field.records, "the events")


def export_words(field, directory):
    return ["export", "--what", "charges", "--format", "csv",
            *tools.options(log=field.log, to=directory / "charges.csv")]


def check_export(field, directory, said):
    manifest = json.loads((directory / "charges.csv.manifest.json").read_text(encoding="utf-8"))
    with open(directory / "charges.csv", "rb") as file:
        lines = sum(1 for _ in file) - 1
    field.check("query/export", lines, manifest["records"], "the number of lines")


def diff_words(field, directory):
    return ["diff", "--store", field.store, "--store", field.store]


def check_diff(field, directory, said):
    field.check("query/diff", lines_of(said)[-1]["totals"]["records"], 0, "the number of differences")


def queries():
    return [Query("replay", replay_words, check_replay),
            Query("whatif", what_if_words, check_what_if, (DIFFERENCES,)),
            Query("verify", verify_words, check_verify),
            Query("export", export_words, check_export),
            Query("diff", diff_words, check_diff)]
