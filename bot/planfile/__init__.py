"""A plan file (TOML) read and checked, without a database: `read` gives the whole plan or every fault at once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError
from rapidfuzz import process

from bot.errors import BadPlan
from bot.planfile import lines, model
from bot.planfile.model import PlanFile

MAX_BYTES = 2_000_000


@dataclass(frozen=True, slots=True)
class Parsed:
    """A plan with the place of each of its words, so that a later check can name the line too."""

    name: str
    plan: PlanFile
    lines: lines.Map

    def line(self, path: Sequence[str | int]) -> int:
        """The line of a table or key, from 1."""
        return lines.line_of(self.lines, path)

    def told(self, path: Sequence[str | int], text: str) -> str:
        """One fault or warning: file, line, what and what to do."""
        return f"{self.name}, line {self.line(path)}: {text}"


def read(path: Path) -> Parsed:
    """The plan of a file. Raises BadPlan with every fault of its form."""
    try:
        raw = path.read_bytes()
    except OSError as wrong:
        raise BadPlan([f"{path}: the file can not be read ({wrong.strerror}). Mend its path or permissions"]) from None
    if len(raw) > MAX_BYTES:
        raise BadPlan([f"{path}: the file is larger than {MAX_BYTES // 1_000_000} MB. Part it into several files"])
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as wrong:
        line = raw.count(b"\n", 0, wrong.start) + 1
        raise BadPlan([f"{path}, line {line}: there are letters that are not UTF-8. Save the file as UTF-8"]) from None
    return parse(text, str(path))


def parse(text: str, name: str) -> Parsed:
    """The plan of a text; `name` stands in the faults. Raises BadPlan with every fault of its form."""
    try:
        values = tomllib.loads(text)
    except tomllib.TOMLDecodeError as wrong:
        raise BadPlan([_syntax(str(wrong), text, name)]) from None
    except RecursionError:
        raise BadPlan([f"{name}, line 1: its brackets are nested too deep. Write tables as [[session]]"]) from None
    where = lines.line_map(text)
    try:
        return Parsed(name, PlanFile.model_validate(values), where)
    except ValidationError as wrong:
        told = sorted(_faults(wrong, where, values))
        raise BadPlan([f"{name}, line {line}: {fault}" for line, fault in told]) from None


def _syntax(wrong: str, text: str, name: str) -> str:
    """A fault of TOML itself; tomllib names the line, or the end of the document."""
    found = re.search(r" \(at (?:line (\d+), column \d+|end of document)\)$", wrong)
    line = int(found[1]) if found and found[1] else text.count("\n") + 1
    what = wrong[: found.start()] if found else wrong
    return f"{name}, line {line}: this is not TOML: {what[:1].lower()}{what[1:]}. Mend this line or the one above it"


def _faults(wrong: ValidationError, where: lines.Map, values: Mapping[str, Any]) -> Iterator[tuple[int, str]]:
    for fault in wrong.errors(include_url=False):
        path = fault["loc"]
        yield lines.line_of(where, path), _worded(fault["type"], fault["msg"], path, fault.get("ctx", {}), values)


def _worded(kind: str, said: str, path: Sequence[str | int], more: Mapping[str, Any], values: Mapping[str, Any]) -> str:
    """What is wrong and what to do, in the words of the file."""
    names = [str(p) for p in path if isinstance(p, str)]
    key, table = names[-1], names[0]
    if kind == "missing":
        return f"this {_bracket(table, values)} lacks {key}. Add a line {key} = ..."
    if kind == "model_type" and len(names) == 2:  # a language could stand here
        tag = re.fullmatch(r"[a-z]{2,3}", key) is not None
        return f"{key} is a language. Write its texts like {key}.title = ..." if tag else _unknown(key, table, values)
    if kind == "extra_forbidden":
        return _unknown(key, table if len(names) > 1 else "", values)
    if kind == "string_too_long":
        return f"{key} is too long: at most {more['max_length']} characters. Shorten it"
    if kind == "string_too_short":
        return f"{key} is empty. Write at least one character"
    if kind == "too_short":
        return f"{key} is an empty list. Name at least one"
    if kind == "string_pattern_mismatch":
        example = (
            'two capitals like "PA"' if key == "country" else "text without line breaks, braces or control characters"
        )
        return f"{key} has the wrong form. Write {example}"
    if kind == "literal_error":
        return f"{key} is not one of the words it may be. Write {more['expected']}"
    if kind == "value_error":
        return f"{key}: {said.removeprefix('Value error, ')}"
    if kind in ("tuple_type", "model_type") and len(names) == 1:
        return f"{key} is not written as a table. Write {'[plan]' if key == 'plan' else f'[[{key}]]'} above its lines"
    return f"{key} has the wrong kind of value: {said[:1].lower()}{said[1:]}. Mend it"


def _bracket(table: str, values: Mapping[str, Any]) -> str:
    return f"[[{table}]]" if isinstance(values.get(table), list) else f"[{table}]"


def _unknown(key: str, table: str, values: Mapping[str, Any]) -> str:
    """An unknown key, with the known one that it may mean."""
    known = sorted(_fields(table))
    near = process.extractOne(key, known, score_cutoff=65)
    place = f"in {_bracket(table, values)}" if table else "at the top of the file"
    hint = f"Did you mean {near[0]}?" if near else f"Known here: {', '.join(known)}"
    return f"{key} is not known {place}. {hint}"


def _fields(table: str) -> set[str]:
    """The keys of one table; of the file itself for ''."""
    if not table:
        return set(PlanFile.model_fields)
    of: type[BaseModel] = getattr(model, table.title())
    return set(of.model_fields)
