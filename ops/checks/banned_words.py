"""Words that may not stand in the project: debts, binary floating point and clocks where results are made,
exceptions in the inner layers, shared ownership, a whole namespace, and paths of one machine. A word that
would find itself here is written in two parts."""
import re

from tree import Finding

DEBTS = re.compile(r"\b(" + "|".join(["TO" "DO", "FIX" "ME", "XX" "X", "HA" "CK"]) + r")\b")
# A path of the machine on which this was written: the project stands alone.
MACHINE = re.compile(r"(?<![\w.}\-])/wor" r"k\b|\.\./sha" r"red\b|\bissues sh" r"ow\b")
INNER = ("events/", "projections/", "engine/")
PURE = ("events/", "projections/")
# Where, pattern of C++ code, why not.
CODE = [
    (PURE, r"\b(float|double)\b", "no binary floating point where results are made"),
    (PURE, r"\b\w+_clock\b|\b(gettimeofday|clock_gettime|random_device|getenv|setlocale)\b",
     "results depend on the log alone"),
    (INNER, r"\b(throw|try|catch)\b", "no exceptions in events, projections, engine"),
    ("", r"\b(shared_ptr|make_shared|weak_ptr)\b", "ownership is unique"),
    ("", r"\busing\s+namespace\s+std\b", "name what is used"),
]


def matches(path, text, pattern, why):
    for match in pattern.finditer(text):
        yield Finding(path, text.count("\n", 0, match.start()) + 1, f"'{match.group()}': {why}")


def check(tree):
    for path in tree.code_files():
        yield from matches(path, tree.text(path), DEBTS, "do it, or say in prose why it is so")
    for path in tree.text_files():
        yield from matches(path, tree.text(path), MACHINE, "does not exist on other machines")
    for path in tree.cpp():
        for folders, pattern, why in CODE:
            if str(path).startswith(folders):
                yield from matches(path, tree.code(path), re.compile(pattern), why)
