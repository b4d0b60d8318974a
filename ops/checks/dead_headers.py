"""Headers that nobody includes, other than the source of the same name, which holds their definitions."""
from tree import Finding, includes


def check(tree):
    alive = set()
    for path in tree.cpp():
        for _, included, quoted in includes(tree.text(path)):
            if quoted and included != str(path) and included != str(path.with_suffix(".h")):
                alive.add(included)
    for path in tree.headers():
        if str(path) not in alive:
            yield Finding(path, 0, "nobody includes it")
