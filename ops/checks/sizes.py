"""Sizes of style section 2: header <= 200 lines, other source <= 500, function <= 70, line <= 110 characters.
A C++ function is found by its braces: the outermost block after `)` and what may follow it there."""
import ast
import re

from tree import Finding

HEADER_LINES_MAX = 200
SOURCE_LINES_MAX = 500
FUNCTION_LINES_MAX = 70
LINE_CHARACTERS_MAX = 110

# What stands before the brace of a block that is no function and may contain some.
CONTAINER = re.compile(r"\b(namespace|class|struct|union|enum)\b|\bextern\s*\"")
# A parameter list, then only what C++ allows between it and the body.
FUNCTION = re.compile(
    r"\)\s*(const|volatile|noexcept(\s*\([^()]*\))?|override|final|mutable|&&?|\[\[[^\]]*\]\]|requires\b.*"
    r"|->\s*[\w:<>,*&\s]+|:[^:].*|try|\s)*$", re.DOTALL)
LABEL = re.compile(r"\s*(public|protected|private)\s*:$")
NAME = re.compile(r"([~\w:]+|operator\s*\S+)\s*\(")


def is_function(head):
    return bool(FUNCTION.search(head)) and not (CONTAINER.search(head) and "(" not in head)


def cpp_functions(code):
    """(first line, last line, name) of the outermost function bodies in stripped code."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda match: "\n" * match.group().count("\n"), code,
                  flags=re.MULTILINE)
    line, head, head_line, depth, inside = 1, "", 1, 0, None
    for char in code:
        if char == "\n":
            line += 1
        if inside is not None:
            depth += (char == "{") - (char == "}")
            if depth == 0:
                yield inside[0], line, inside[1]
                inside, head = None, ""
        elif char == "{":
            if is_function(head):
                name = NAME.search(head)
                inside, depth = (head_line, name[1] if name else "?"), 1
            head = ""
        elif char in ";}":
            head = ""
        else:
            if not head.strip():
                head_line = line
            head = "" if LABEL.match(head + char) else head + char


def python_functions(text):
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
            yield node.lineno, node.end_lineno, node.name


def shell_functions(text):
    """Of the form `name() {` … `}` at the beginning of a line."""
    for match in re.finditer(r"^(\w+)\(\) [{(]\n.*?^[})]", text, re.MULTILINE | re.DOTALL):
        first = text.count("\n", 0, match.start()) + 1
        yield first, first + match.group().count("\n"), match[1]


def functions(tree, path):
    if path.suffix in (".h", ".cc"):
        return cpp_functions(tree.code(path))
    if tree.is_python(path):
        return python_functions(tree.text(path))
    return shell_functions(tree.text(path)) if path.suffix in ("", ".sh") else ()


def check(tree):
    for path in tree.code_files():
        lines = tree.text(path).splitlines()
        lines_max = HEADER_LINES_MAX if path.suffix == ".h" else SOURCE_LINES_MAX
        if len(lines) > lines_max:
            yield Finding(path, 0, f"{len(lines)} lines, at most {lines_max}")
        for number, line in enumerate(lines, start=1):
            if len(line) > LINE_CHARACTERS_MAX:
                yield Finding(path, number, f"{len(line)} characters, at most {LINE_CHARACTERS_MAX}")
        for first, last, name in functions(tree, path):
            length = last - first + 1
            if length > FUNCTION_LINES_MAX:
                yield Finding(path, first, f"{name} has {length} lines, at most {FUNCTION_LINES_MAX}")
