"""Kafka Streams as a peer: its jars from Maven Central, its classes from peers/streams."""

import fcntl
import functools
import os
import pathlib
import shutil
import tempfile

from tools import ROOT, call, first_line, kafka_version, report_of

SOURCES = ROOT / "bench" / "peers" / "streams"
SCHEMAS = ROOT / "events" / "schema"
COPY = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
HEAP = "2g"


def flatbuffers_version():
    """Generated code takes the library of its compiler's version only."""
    return first_line("flatc", "--version").split()[-1]


def jars():
    """The folder of jars, fetched once and kept beside the broker's."""
    cache = pathlib.Path(os.environ.get("XDG_CACHE_HOME") or pathlib.Path.home() / ".cache") / "subledger"
    kept = cache / f"streams-{kafka_version()}-{flatbuffers_version()}"
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "streams.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not kept.exists():
            fresh = tempfile.mkdtemp(dir=cache, prefix="streams.part-")
            call("mvn", "--batch-mode", "--quiet", "--file", SOURCES / "pom.xml", COPY,
                 "-DincludeScope=runtime", f"-DoutputDirectory={fresh}", f"-Dkafka.version={kafka_version()}",
                 f"-Dflatbuffers.version={flatbuffers_version()}")
            os.rename(fresh, kept)
    return kept


class StreamsPeer:
    def __init__(self, scratch):
        self.scratch = pathlib.Path(scratch)
        generated = self.scratch / "generated"
        classes = self.scratch / "classes"
        shutil.rmtree(self.scratch, ignore_errors=True)
        classes.mkdir(parents=True)
        call("flatc", "--java", "-o", generated, SCHEMAS / "common.fbs", SCHEMAS / "event.fbs")
        self.classpath = f"{classes}:{jars()}/*"
        sources = [*generated.rglob("*.java"), *SOURCES.glob("*.java")]
        call("javac", "-d", classes, "-cp", self.classpath, *sources)

    def run(self, address, topics, application, charge_bytes, threads, caching, compression):
        """`topics`: of events and of charges. `application` is new with each run. `charge_bytes`: of records
        that have a charge's headers too; None: bare records."""
        state = self.scratch / "state"
        shutil.rmtree(state, ignore_errors=True)
        java = ["java", f"-Xms{HEAP}", f"-Xmx{HEAP}", "-cp", self.classpath, "StreamsPeer"]
        try:
            return report_of(*java, address, topics["events"], topics["charges"], application, threads,
                             str(caching).lower(), compression, charge_bytes or 0, state)
        finally:
            shutil.rmtree(state, ignore_errors=True)


@functools.cache
def compiled(scratch):
    return StreamsPeer(scratch)
