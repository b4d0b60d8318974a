"""Groups of contestants that are measured in turns on one broker, and what their results are held against."""

import dataclasses
import typing

from contestants import (Engine, EngineSqlite, Latency, Passthrough, Postgres, Pure, Replay, Restart, Rows,
                         Streams)
from field import Field, Workload
from queries import QueryField, queries
from stages import Stages

ZIPF = 0.99
UNDER_FIRE = 500_000
RATE = "events_per_second"


@dataclasses.dataclass
class Entry:
    """A contestant on a field, under the name that tables show."""
    name: str
    contestant: typing.Any
    field: Field
    variant: dict = dataclasses.field(default_factory=dict)
    tuning: list = dataclasses.field(default_factory=list)
    runs: list = dataclasses.field(default_factory=list)


@dataclasses.dataclass(frozen=True)
class Claim:
    """A result, or one divided by another of the same round, and the bounds that the ledger is to keep."""
    over: str
    metric: str
    under: str = ""
    must: float | None = None
    target: float | None = None
    at_least: bool = True
    divisor: float = 1
    unit: str = ""


@dataclasses.dataclass(frozen=True)
class Group:
    name: str
    title: str
    entries: typing.Callable  # of the plan
    claims: tuple = ()
    broker: bool = True
    always: bool = True  # also in a quick run


def size_name(count):
    return f"{count // 1_000_000}M" if count >= 1_000_000 else f"{count // 1_000}k"


def pure(plan):
    field = Field(plan, "pure", Workload(plan, plan.few))
    return [Entry(name, Pure(name), field) for name in ("apply", "codec")]


def throughput(plan):
    field = Field(plan, "throughput", Workload(plan, plan.many, ZIPF))
    taking_part = [Passthrough("limit/passthrough", False), Passthrough("limit/passthrough-charge", True),
                   Rows("limit/rows"), Streams("peer/streams", False), Streams("peer/streams-charge", True),
                   Postgres("peer/postgres"), Engine("engine/kafka"), Replay(2), Replay(1),
                   EngineSqlite("engine/sqlite")]
    return [Entry(contestant.name, contestant, field) for contestant in taking_part]


def scale_name(subscribers, zipf):
    return f"engine/kafka, {size_name(subscribers)} {'Zipf' if zipf else 'uniform'}"


def scale(plan):
    """Every subscriber has an account before the clock starts."""
    entries = []
    for subscribers in plan.scales:
        for zipf in (0.0, ZIPF):
            name = scale_name(subscribers, zipf)
            field = Field(plan, f"scale-{subscribers}-{'zipf' if zipf else 'uniform'}",
                          Workload(plan, subscribers, zipf, enrol=True))
            entries.append(Entry(name, Engine("engine/kafka"), field))
    return entries


def latency(plan):
    field = Field(plan, "latency", Workload(plan, plan.few, events=1))
    return [Entry(f"latency/{who}/{rate}", Latency(who, rate), field) for rate in plan.rates
            for who in ("passthrough", "engine")]


def restart(plan):
    # So many that the load goes on after the restart.
    workload = Workload(plan, plan.most, enrol=True, events=max(plan.events, UNDER_FIRE))
    field = Field(plan, "restart", workload)
    return [Entry("restart", Restart("restart"), field)]


def stages(plan):
    field = Field(plan, "stages", Workload(plan, plan.many, ZIPF))
    return [Entry("stages", Stages("stages"), field)]


def query(plan):
    field = QueryField(plan, "queries", Workload(plan, plan.many, ZIPF, events=plan.query_events))
    return [Entry(contestant.name, contestant, field) for contestant in queries()]


def all_groups(plan):
    """In the order of a whole run."""
    latency_claims = tuple(
        Claim(f"latency/engine/{rate}", "p99_ms", f"latency/passthrough/{rate}", 1.5, 1.15, at_least=False)
        for rate in plan.rates)
    smallest, largest = (scale_name(count, 0) for count in (plan.scales[0], plan.scales[-1]))
    gibibyte = 2**30
    return [
        Group("pure", f"No log, no store; {size_name(plan.few)} subscribers, uniform, one core", pure,
              (Claim("apply", RATE, must=1_000_000, target=2_000_000),), broker=False),
        Group("throughput", f"{size_name(plan.many)} subscribers, Zipf {ZIPF}", throughput, (
            Claim("engine/kafka", RATE, "limit/passthrough", 0.3, 0.6),
            Claim("engine/kafka", RATE, "limit/passthrough-charge"),
            Claim("engine/kafka", RATE, "peer/streams", 4, 8),
            Claim("engine/kafka", RATE, "peer/streams-charge"),
            Claim("engine/kafka", RATE, "peer/postgres", 5, 10),
            Claim("replay/2", RATE, must=400_000, target=1_000_000),
            Claim("replay/2", RATE, "replay/1", 1.6, 1.8))),
        Group("scale", "The number of subscribers, all enrolled before the clock starts", scale, (
            Claim(largest, RATE, smallest, 0.5, 0.7),
            Claim(largest, "peak_memory", must=4, target=2, at_least=False, divisor=gibibyte, unit="GiB"))),
        Group("latency", "Open loop, one lane", latency, latency_claims),
        Group("restart", f"SIGKILL under load with {size_name(plan.most)} subscribers", restart,
              (Claim("restart", "restart_ms", must=5, target=2, at_least=False, divisor=1_000, unit="s"),)),
        Group("queries", f"Commands over a whole embedded log; {size_name(plan.query_events)} events of "
              f"{size_name(plan.many)} subscribers, Zipf {ZIPF}", query,
              tuple(Claim(contestant.name, "peak_memory", must=2, at_least=False, divisor=gibibyte,
                          unit="GiB") for contestant in queries()), broker=False),
        Group("stages", "Where an event's time goes", stages, always=False),
    ]
