"""A log filled with one workload, on which contestants run in turns."""

import contextlib
import itertools
import shutil

import tools
from tools import BenchError, call, report_of

PARTITIONS = 4
FOLDED_MAX = 5_000_000


class Workload:
    """What `subledger_bench` makes the same events of."""

    def __init__(self, plan, subscribers, zipf=0.0, enrol=False, events=None):
        self.subscribers, self.zipf, self.enrol, self.seed = subscribers, zipf, enrol, plan.seed
        self.events = events or plan.events

    def words(self):
        words = tools.options(seed=self.seed, events=self.events, subscribers=self.subscribers,
                              zipf=self.zipf)
        return [*words, "--enrol"] if self.enrol else words

    def describe(self):
        return {"seed": self.seed, "events": self.events, "subscribers": self.subscribers, "zipf": self.zipf,
                "enrolled_first": self.enrol}


class Field:
    """Topics whose names begin with `name`. Files of runs lie in a directory of that name."""

    def __init__(self, plan, name, workload):
        self.plan, self.name, self.workload = plan, name, workload
        self.scratch = plan.scratch / name
        self.prefix = f"{name}."
        self.address = self.log = None
        self.records = 0
        self.last_engine = None
        self._numbers = itertools.count(1)
        self._expected = {}

    def open(self, address):
        """Fills the events topic; without a broker there is none."""
        shutil.rmtree(self.scratch, ignore_errors=True)
        self.scratch.mkdir(parents=True)
        if address:
            self.address, self.log = address, f"kafka://{address}"
            self.fill(self.log, self.prefix)

    def bench(self, measure, *words, command=(), **options):
        """What `subledger_bench MEASURE` reports. `command`: words of another program, behind all else."""
        behind = ["--", *command] if command else []
        program = self.plan.build / "subledger_bench"
        return report_of(program, measure, *words, *tools.options(**options), *behind)

    def bench_log(self, measure, *words, **options):
        return self.bench(measure, *words, log=self.log, topic_prefix=self.prefix, **options)

    def fill(self, log, prefix):
        filled = self.bench("fill", *self.workload.words(), log=log, topic_prefix=prefix,
                            partitions=PARTITIONS)
        self.records = filled["records"]

    def new_name(self, stem):
        return f"{self.name}-{stem}-{next(self._numbers)}"

    @contextlib.contextmanager
    def new_directory(self, stem):
        """The path of a directory that is not there; what was made of it is removed."""
        path = self.scratch / self.new_name(stem)
        try:
            yield path
        finally:
            shutil.rmtree(path, ignore_errors=True)

    def create_topics(self, prefix):
        """Those of the four that are not there."""
        call(self.plan.build / "subledger", "topics", "create",
             *tools.options(log=self.log, topic_prefix=prefix, partitions=PARTITIONS))

    def new_topics(self, stem):
        """The prefix of four new topics."""
        prefix = self.new_name(stem) + "."
        self.create_topics(prefix)
        return prefix

    def drop_all(self, prefix):
        """So that the broker's disk does not fill."""
        self.bench("clear", log=self.log, topic_prefix=prefix)

    def renew_outputs(self):
        """Of a topic with outputs, an engine of a new group would emit nothing."""
        if self.log:
            self.bench_log("clear", "--keep-events")

    def expected(self, measure):
        """The hash that `measure` (apply, peer-reference) finds without any log."""
        if measure not in self._expected:
            self._expected[measure] = self.bench(measure, *self.workload.words())["hash"]
        return self._expected[measure]

    def check_charges(self, who, found):
        """Of an engine: as those of the pure fold, or, of too many for that, as those of its first run."""
        if self.records > FOLDED_MAX:
            self._expected.setdefault("apply", found)
        self.check(who, found, self.expected("apply"), "the hash of the charges")

    def check(self, who, found, wanted, what):
        if found != wanted:
            raise BenchError(f"{who}: {what} is {found}, but must be {wanted}")

