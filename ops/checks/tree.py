"""The source tree as the checks see it: its files, their text, and C++ without comments and strings."""
import functools
import json
import os
import pathlib
import re
from typing import NamedTuple

SKIPPED_FOLDERS = {".git", "build", "__pycache__", "snippets", "node_modules"}
CPP = {".h", ".cc"}
SCRIPTS = {".py", ".sh", ".cmake"}
OTHER_TEXT = {".md", ".txt", ".json", ".toml", ".fbs", ".xml", ".yml", ".yaml", ".ini", ".service"}
# A comment, a string or a character; digit separators such as 1'000 are no characters.
HIDDEN = re.compile(
    r'//(?:\\\n|[^\n])*|/\*.*?\*/|R"(?P<mark>[^()\s\\]*)\(.*?\)(?P=mark)"|"(?:\\.|[^"\\\n])*"'
    r"|(?<![0-9A-Fa-f])'(?:\\.|[^'\\\n])+'", re.DOTALL)


class Finding(NamedTuple):
    path: pathlib.PurePath
    line: int  # from 1; 0: the whole file
    text: str

    def __str__(self):
        return f"{self.path}:{self.line}: {self.text}" if self.line else f"{self.path}: {self.text}"


def _blank(match):
    """What hides code, as spaces: lines and columns stay, and a string stays one by its quotes."""
    text = match.group()
    blank = "".join(char if char == "\n" else " " for char in text)
    return '"' + blank[1:-1] + '"' if text[0] in 'R"' and len(text) > 1 else blank


def strip_cpp(text):
    """C++ with comments, strings and characters blanked, and preprocessor lines kept."""
    return HIDDEN.sub(_blank, text)


class Tree:
    """Files below a root, by their path from there. Generated and vendored data is not code."""

    def __init__(self, root, build_dir=None):
        self.root = pathlib.Path(root).resolve()
        self.build_dir = pathlib.Path(build_dir).resolve() if build_dir else None
        self.files = sorted(self._walk())

    def _walk(self):
        for folder, folders, names in os.walk(self.root):
            folders[:] = [name for name in folders if name not in SKIPPED_FOLDERS]
            for name in names:
                path = pathlib.Path(folder, name)
                if path.is_file() and not path.is_symlink():
                    yield path.relative_to(self.root)

    @functools.lru_cache(maxsize=None)
    def text(self, path):
        return (self.root / path).read_text(encoding="utf-8", errors="replace")

    @functools.lru_cache(maxsize=None)
    def code(self, path):
        return strip_cpp(self.text(path))

    @functools.lru_cache(maxsize=None)
    def is_script(self, path):
        """Python, shell or CMake: by its name, or by its first line."""
        if path.suffix in SCRIPTS or path.name == "CMakeLists.txt":
            return True
        return not path.suffix and (self.root / path).read_bytes()[:2] == b"#!"

    def is_python(self, path):
        return path.suffix == ".py" or (self.is_script(path) and "python3" in self.text(path)[:40])

    def cpp(self):
        return [path for path in self.files if path.suffix in CPP]

    def headers(self):
        return [path for path in self.files if path.suffix == ".h"]

    def code_files(self):
        return [path for path in self.files if path.suffix in CPP or self.is_script(path)]

    def text_files(self):
        return [path for path in self.files
                if path.suffix in CPP | OTHER_TEXT or self.is_script(path) or path.name.startswith(".")]


INCLUDE = re.compile(r'^[ \t]*#[ \t]*include[ \t]*(?:"([^"\n]*)"|<([^>\n]*)>)', re.MULTILINE)


def includes(text):
    """(line, path, quoted) of each #include that stands in no comment."""
    code = strip_cpp(text)
    for match in INCLUDE.finditer(text):
        if code[match.start():match.end()].lstrip().startswith("#"):
            yield text.count("\n", 0, match.start()) + 1, match[1] or match[2], match[1] is not None


def compilations(build_dir):
    """What the build directory compiles: entries of its compile_commands.json, none where it has none."""
    database = build_dir / "compile_commands.json" if build_dir else None
    if database is None or not database.exists():
        return []
    return json.loads(database.read_text(encoding="utf-8"))
