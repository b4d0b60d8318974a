"""The engine dies at named points of its code: a test build ends itself there (engine/kill_point.h)."""

import pathlib
import re
import time

HEADER = pathlib.Path(__file__).resolve().parents[2] / "engine" / "kill_point.h"
AGAIN = "in_recovery, again"  # while what an interrupted recovery left is recovered
A_CALL = 7  # points
# At which passing at most. What of a store comes every five seconds for each partition; of recovery, one
# record is certain, where a committed chunk did not get into the store.
PASSING_MAX = {"before_produce": 40, "after_produce": 40, "in_recovery": 1}
OTHER_PASSING_MAX = 4


def names():
    """All of them, as the header lists them."""
    text = HEADER.read_text(encoding="utf-8")
    listed = re.search(r"kill_point_names = \{(.*?)\};", text, re.DOTALL)[1]
    return re.findall(r'"(\w+)"', listed)


def die_at(field, name, called=None):
    """The only instance, which is not running, starts and dies there. Returns the time, as `Field.kill`."""
    passing = field.choice.randint(1, PASSING_MAX.get(name, OTHER_PASSING_MAX))
    field.start("a", kill_at=f"{name}:{passing}")
    if field.expect_death("a", name):
        field.points[called or name] += 1
    return time.time() * 1000


def at_kill_points(field):
    """Some points, each once before any comes again. Between them the instance may run for a moment."""
    field.kill("a")
    for _ in range(A_CALL):
        if not field.points_left:
            field.points_left = field.choice.sample(names(), len(names()))
        name = field.points_left.pop()
        if name == "in_recovery":
            die_at(field, "after_commit")  # so that there is something to recover
            die_at(field, name)
            killed = die_at(field, name, called=AGAIN)
        else:
            killed = die_at(field, name)
        if field.choice.random() < 0.5:
            field.start("a")
            field.measure("killed at a point, first new charge", killed, 1)
            field.pause(0.0, 0.5)
            field.kill("a")
    field.start("a")
