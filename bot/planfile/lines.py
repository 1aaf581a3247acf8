"""Where in a TOML text each table and key stands. tomllib reads values but not their lines, so this scan does."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

Path = tuple[str | int, ...]
Map = Mapping[Path, int]

_PART = r"""(?:"(?:[^"\\]|\\.)*"|'[^']*'|[A-Za-z0-9_-]+)"""
_DOTTED = rf"{_PART}(?:\s*\.\s*{_PART})*"
_HEADER = re.compile(rf"\s*(\[\[?)\s*({_DOTTED})\s*\]\]?")
_KEY = re.compile(rf"\s*({_DOTTED})\s*=")
# What may open or close a value that goes on over several lines; strings and comments are passed as a whole.
_TOKEN = re.compile(r'"""|\'\'\'|"(?:[^"\\]|\\.)*"|\'[^\']*\'|#.*|[\[{]|[\]}]')


def line_map(text: str) -> Map:
    """Path of each table and key -> its line, from 1. Tables of an array are numbered: ('session', 2, 'place').

    The text is one that tomllib reads; of another one the map may be wrong, never an error.
    """
    lines: dict[Path, int] = {}
    counts: dict[Path, int] = {}
    table: Path = ()
    depth, quote = 0, ""
    for number, line in enumerate(text.split("\n"), 1):
        at_top = depth == 0 and not quote
        if at_top and (header := _HEADER.match(line)):
            table = _table(_parts(header[2]), counts, is_array=header[1] == "[[")
            lines.setdefault(table, number)
            continue
        if at_top and (key := _KEY.match(line)):
            lines.setdefault((*table, *_parts(key[1])), number)
            line = line[key.end() :]
        depth, quote = _after(line, depth, quote)
    return lines


def line_of(lines: Map, path: Sequence[str | int]) -> int:
    """The line of a path, or of the nearest thing that holds it; 1 when nothing does."""
    whole = tuple(path)
    return next((lines[whole[:n]] for n in range(len(whole), 0, -1) if whole[:n] in lines), 1)


def _parts(dotted: str) -> list[str]:
    return [p[1:-1] if p[0] in "\"'" else p for p in re.findall(_PART, dotted)]


def _table(names: Sequence[str], counts: dict[Path, int], *, is_array: bool) -> Path:
    """The path of a header: inside an array of tables it belongs to the newest one."""
    path: Path = ()
    for i, name in enumerate(names):
        path = (*path, name)
        if is_array and i == len(names) - 1:
            counts[path] = counts.get(path, -1) + 1
        if path in counts:
            path = (*path, counts[path])
    return path


def _after(line: str, depth: int, quote: str) -> tuple[int, str]:
    """How many brackets are open, and in which long string we are, at the end of this line."""
    place = 0
    while place < len(line):
        if quote:
            end = _closing(line, quote, place)
            if end < 0:
                return depth, quote
            place, quote = end, ""
            continue
        token = _TOKEN.search(line, place)
        if token is None:
            break
        place = token.end()
        if token[0] in ('"""', "'''"):
            quote = token[0]
        elif len(token[0]) == 1 and token[0] != "#":
            depth += 1 if token[0] in "[{" else -1
    return max(depth, 0), quote


def _closing(line: str, quote: str, start: int) -> int:
    """Where a long string ends in this line; -1 when it goes on."""
    pattern = r'(?:[^\\]|\\.)*?"""' if quote == '"""' else r"(?:.)*?'''"
    found = re.compile(pattern).match(line, start)
    return found.end() if found else -1
