"""Telegram's own description of its Bot API, as a checker of calls and of updates.

The document is api.json of github.com/PaulSonOfLars/telegram-bot-api-spec: methods and types, each with its fields
(name, types, required, description). Allowed values stand in the descriptions alone: `always "member"`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

_LISTED = re.compile(r"\b(?:always|must be|can be|one of|either|type,) \"", re.IGNORECASE)
_QUOTED = re.compile(r'"(\w+)"')


class Spec:
    """What the Bot API knows."""

    def __init__(self, document: Mapping[str, Any]) -> None:
        self.methods: Mapping[str, Any] = document["methods"]
        self.types: Mapping[str, Any] = document["types"]

    @classmethod
    def load(cls, path: Path) -> Spec:
        """From api.json, or a part of it."""
        return cls(json.loads(path.read_text(encoding="utf-8")))

    def call(self, method: str, params: Mapping[str, object], files: Collection[str] = ()) -> list[str]:
        """What is wrong with a call, in words; [] = nothing.

        params  as they came: strings from a form, anything from JSON
        files   names of the uploaded parts
        """
        known = self.methods.get(method)
        if known is None:
            return [f"{method}: no such method"]
        fields = {field["name"]: field for field in known.get("fields", ())}
        faults = [f"{method}: {name} is missing" for name in _missing(fields.values(), {*params, *files})]
        for name, value in params.items():
            faults += self._param(fields.get(name), value, f"{method}.{name}")
        pointed = json.dumps(dict(params), default=str)
        return faults + [
            f"{method}.{name}: no file is wanted here"
            for name in files
            if not _takes_file(fields.get(name)) and f"attach://{name}" not in pointed
        ]

    def value(self, value: object, type_name: str, where: str = "") -> list[str]:
        """What is wrong with a value that should be of this type: 'Update', 'Array of Message', 'Boolean'."""
        where = where or type_name
        if type_name.startswith("Array of "):
            if not isinstance(value, list):
                return [f"{where}: {_kind(value)} is no list"]
            inner = type_name.removeprefix("Array of ")
            return [fault for n, one in enumerate(value) for fault in self.value(one, inner, f"{where}[{n}]")]
        if type_name in _SCALARS:
            return [] if _is(value, type_name) else [f"{where}: {_kind(value)} is no {type_name}"]
        return self._object(value, type_name, where)

    def _param(self, field: Mapping[str, Any] | None, value: object, where: str) -> list[str]:
        if field is None:
            return [f"{where}: no such parameter"]
        types = field["types"]
        if isinstance(value, str) and "String" not in types:
            try:
                value = json.loads(value)
            except ValueError:
                return [f"{where}: a text where {' or '.join(types)} is wanted"]
        if isinstance(value, str) and types[:1] == ["Integer"] and not re.fullmatch(r"-?\d+|@\w+", value):
            return [f"{where}: neither a number nor a @name"]
        return self._any(value, field, where)

    def _any(self, value: object, field: Mapping[str, Any], where: str) -> list[str]:
        """The faults by the type that fits best; [] when one fits."""
        tries = [self.value(value, name, where) for name in field["types"]]
        allowed = values_of(field)
        if allowed and isinstance(value, str) and value not in allowed:
            return [f"{where}: {value!r} is none of {', '.join(sorted(allowed))}"]
        return min(tries, key=len)

    def _object(self, value: object, type_name: str, where: str) -> list[str]:
        known = self.types.get(type_name)
        if known is None:
            return [f"{where}: no such type as {type_name}"]
        if known.get("subtypes"):
            return min((self.value(value, name, where) for name in known["subtypes"]), key=len)
        if not isinstance(value, Mapping):
            return [f"{where}: {_kind(value)} is no {type_name}"]
        fields = {field["name"]: field for field in known.get("fields", ())}
        faults = [f"{where}.{name} is missing" for name in _missing(fields.values(), value)]
        for name, inner in value.items():
            if name not in fields:
                faults.append(f"{where}.{name}: {type_name} has no such field")
            else:
                faults += self._any(inner, fields[name], f"{where}.{name}")
        return faults


_SCALARS = ("Integer", "Float", "String", "Boolean")


def _is(value: object, scalar: str) -> bool:
    match scalar:
        case "Integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "Float":
            return isinstance(value, int | float) and not isinstance(value, bool)
        case "String":
            return isinstance(value, str)
    return isinstance(value, bool)


def _kind(value: object) -> str:
    return type(value).__name__


def _missing(fields: Collection[Mapping[str, Any]], given: Collection[str]) -> Sequence[str]:
    return [field["name"] for field in fields if field["required"] and field["name"] not in given]


def _takes_file(field: Mapping[str, Any] | None) -> bool:
    return field is not None and "InputFile" in field["types"]


def values_of(field: Mapping[str, Any]) -> frozenset[str]:
    """The values that a field's description lists; empty: any."""
    text = field.get("description", "")
    return frozenset(_QUOTED.findall(text)) if "String" in field["types"] and _LISTED.search(text) else frozenset()
