#!/usr/bin/env python3
"""Lists and runs the tests of the commands.

run.py BUILD_DIR --list        names of all tests, one a line
run.py BUILD_DIR --run NAME    one of them: FILE.CLASS.METHOD
run.py BUILD_DIR               all of them
"""
import pathlib
import sys
import unittest

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True
sys.path.insert(0, str(HERE))
import harness  # noqa: E402


def all_tests():
    """By name."""
    found = {}
    pending = [unittest.defaultTestLoader.discover(str(HERE), pattern="test_*.py")]
    while pending:
        each = pending.pop()
        if isinstance(each, unittest.TestSuite):
            pending.extend(each)
        else:
            found[each.id()] = each
    return dict(sorted(found.items()))


def main(arguments):
    if not arguments:
        sys.exit(__doc__)
    harness.build_dir = pathlib.Path(arguments[0])
    tests = all_tests()
    if arguments[1:] == ["--list"]:
        print("\n".join(tests))
        return 0
    if len(arguments) == 3 and arguments[1] == "--run":
        if arguments[2] not in tests:
            sys.exit(f"no such test: {arguments[2]}")
        tests = {arguments[2]: tests[arguments[2]]}
    elif len(arguments) > 1:
        sys.exit(__doc__)
    result = unittest.TextTestRunner(verbosity=2).run(unittest.TestSuite(tests.values()))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
