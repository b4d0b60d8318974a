"""Who takes part, and in which variants. A run gives what the measuring program reported, checked against
what it must be; a tuning pass picks the best variant of each."""

import time

import servers
import tools
from streams import compiled
from tools import BenchError

CHARGE_BYTES = 274  # of a charge record of the workload, as `codec` reports
SESSION_SECONDS = 11  # after which the group forgets a static member that has gone


class Contestant:
    variants = ({},)

    def __init__(self, name):
        self.name = name

    def run(self, field, variant):
        raise NotImplementedError


class Pure(Contestant):
    """A measure that needs no log."""

    def run(self, field, variant):
        return field.bench(self.name, *field.workload.words())


class Rows(Contestant):
    variants = ({"lanes": 2}, {"lanes": 1})

    def run(self, field, variant):
        with field.new_directory("rows") as store:
            return field.bench("rows", *field.workload.words(), store=store, **variant)


class Passthrough(Contestant):
    """`like_charges`: the bytes and headers of a charge record, in place of 180 bytes without headers."""
    variants = tuple({"lanes": lanes, "property": f"compression.type={compression}"}
                     for compression in ("none", "lz4") for lanes in (1, 2))

    def __init__(self, name, like_charges):
        super().__init__(name)
        self.words = ["--headers", "--value-bytes", CHARGE_BYTES] if like_charges else []

    def run(self, field, variant):
        out = field.new_topics("pass")
        report = field.bench_log("passthrough", *self.words, out_prefix=out, group=out, **variant)
        field.check(self.name, report["records"], field.records, "the number of records")
        field.drop_all(out)
        return report


class Engine(Contestant):
    variants = ({"lanes": 2}, {"lanes": 1})

    def run(self, field, variant):
        group = field.new_name("engine")
        warm = field.workload.subscribers if field.workload.enrol else 1
        with field.new_directory("store") as store:
            report = field.bench_log("engine", store=store, group=group, warm=warm, **variant)
        field.check(self.name, report["records"], field.records, "the number of records")
        field.check_charges(self.name, report["hash"])
        field.last_engine = {"group": group, "digest": report["digest"], "lanes": variant["lanes"]}
        field.renew_outputs()
        return report


class Replay(Contestant):
    """Rebuilds the store of the engine's last run."""

    def __init__(self, lanes):
        super().__init__(f"replay/{lanes}")
        self.lanes = lanes

    def run(self, field, variant):
        last = field.last_engine
        if last is None:
            raise BenchError(f"{self.name} needs a run of engine/kafka before it")
        if self.lanes < last["lanes"]:
            time.sleep(SESSION_SECONDS)
        with field.new_directory("replay") as store:
            report = field.bench_log("replay", store=store, group=last["group"], lanes=self.lanes)
        field.check(self.name, report["digest"], last["digest"], "the digest of the rebuilt store")
        last["lanes"] = self.lanes
        return report


class EngineSqlite(Contestant):
    """On a log of its own, which each run fills."""
    variants = ({"lanes": 2}, {"lanes": 1})

    def run(self, field, variant):
        with field.new_directory("sqlite") as directory:
            directory.mkdir()
            log = f"sqlite:{directory}/ledger.db"
            field.fill(log, "subledger.")
            report = field.bench("engine", log=log, store=directory / "store", **variant)
        field.check(self.name, report["records"], field.records, "the number of records")
        field.check_charges(self.name, report["hash"])
        return report


class Streams(Contestant):
    """`like_charges`: as the pass-through."""
    variants = tuple({"threads": threads, "caching": caching, "compression": compression}
                     for compression in ("none", "lz4") for caching in (False, True) for threads in (1, 2))

    def __init__(self, name, like_charges):
        super().__init__(name)
        self.charge_bytes = CHARGE_BYTES if like_charges else None

    def run(self, field, variant):
        peer = compiled(field.plan.scratch / "streams")
        out = field.new_topics("streams")
        topics = {"events": field.prefix + "events", "charges": out + "charges"}
        report = peer.run(field.address, topics, out + "app", self.charge_bytes, **variant)
        field.check(self.name, report["records"], field.records, "the number of records")
        charges = field.bench("peer-charges", log=field.log, topic_prefix=out)
        field.check(self.name, charges["hash"], field.expected("peer-reference"), "the hash of the charges")
        field.drop_all(out)
        return report | charges


class Postgres(Contestant):
    variants = ({"lanes": 2}, {"lanes": 1})

    def run(self, field, variant):
        program = field.plan.build / "subledger_bench_postgres"
        if not program.exists():
            raise BenchError(f"{program} was not built; 'ops/setup bench' installs libpq")
        with servers.postgres(tools.memory_bytes()) as database:
            report = tools.report_of(program, *tools.options(database=database, log=field.log,
                                                             topic_prefix=field.prefix, **variant))
        field.check(self.name, report["records"], field.records, "the number of records")
        field.check(self.name, report["hash"], field.expected("peer-reference"), "the hash of the charges")
        return report


class Latency(Contestant):
    def __init__(self, who, rate):
        super().__init__(f"latency/{who}/{rate}")
        self.who, self.rate = who, rate

    def run(self, field, variant):
        plan, prefix = field.plan, field.new_name("latency") + "."
        with field.new_directory("store") as store:
            report = field.bench(
                "latency", f"--{self.who}", log=field.log, topic_prefix=prefix, out_prefix=f"{prefix}out.",
                store=store, group=prefix, lanes=1, rate=self.rate, seconds=plan.latency_seconds,
                warm_seconds=plan.latency_warm, subscribers=field.workload.subscribers, seed=plan.seed)
        field.drop_all(prefix)
        return report


class Restart(Contestant):
    """The program itself, killed when all subscribers have an account and the load goes on."""

    def run(self, field, variant):
        name, workload = field.new_name("restart"), field.workload
        after = workload.subscribers + workload.events // 10
        with field.new_directory("store") as store:
            engine = [field.plan.build / "subledger", "run", *tools.options(
                log=field.log, topic_prefix=field.prefix, store=store, group=name, instance=name,
                log_level="error")]
            report = field.bench_log("restart", after=after, command=engine)
        field.renew_outputs()
        return report
