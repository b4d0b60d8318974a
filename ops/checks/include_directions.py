"""Who may include whom: events <- projections <- engine <- connectors <- ops; tests and bench may include
all. Project headers are included from the root. Third parties are fenced to the folder that wraps them, and
what has a clock, chance, threads or iostreams stays out of events and projections. Tests and bench stand
outside the fences, but Boost.Test is for tests only."""
import re

from tree import Finding, includes

LAYERS = ["events", "projections", "engine", "connectors", "ops"]
OUTSIDE = ["tests", "bench"]
# Pattern of an include, the folders that may have it.
FENCES = [
    (r"flatbuffers/|.*_generated\.h$", ["events"]),
    (r"librdkafka/", ["connectors/kafka"]),
    (r"sqlite3", ["connectors/sqlite"]),
    (r"rocksdb/", ["connectors/rocksdb"]),
    (r"boost/(beast|asio)", ["connectors/http"]),
    (r"spdlog/", ["connectors", "ops"]),
    (r"(CLI/|toml)", ["ops"]),
]
TESTS_ONLY = r"boost/test/"
IMPURE = (r"(random|thread|stop_token|mutex|shared_mutex|condition_variable|atomic|future|ctime|time\.h"
          r"|sys/time\.h|iostream|istream|ostream|fstream|sstream|iomanip|locale|filesystem|unistd\.h)$")
PURE = ["events", "projections"]


def is_below(path, folders):
    return any(str(path).startswith(folder + "/") for folder in folders)


def direction(folder, included):
    """The finding about a project include, or None."""
    target = included.split("/")[0]
    if target not in LAYERS + OUTSIDE:
        return f'"{included}" is not written from the root'
    if folder in OUTSIDE:
        return None
    if target in OUTSIDE:
        return f"{folder} may not include {target}"
    if folder in LAYERS and LAYERS.index(target) > LAYERS.index(folder):
        return f"{folder} may not include {target}"
    return None


def fence(path, included):
    """The finding about what is included for whoever wrote it, or None."""
    if re.match(TESTS_ONLY, included) and not is_below(path, ["tests"]):
        return f"{included} only in tests"
    if is_below(path, PURE) and re.match(IMPURE, included):
        return f"{included} never in {' or '.join(PURE)}"
    if is_below(path, OUTSIDE):
        return None
    for pattern, folders in FENCES:
        if re.match(pattern, included) and not is_below(path, folders):
            return f"{included} only in {', '.join(folders)}"
    return None


def check(tree):
    for path in tree.cpp():
        for line, included, quoted in includes(tree.text(path)):
            found = [fence(path, included)]
            if quoted:
                found.append(direction(path.parts[0], included))
            yield from (Finding(path, line, text) for text in found if text)
