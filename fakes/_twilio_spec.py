"""Requests held against Twilio's own OpenAPI document. Without one, only the limits built into the fake are checked."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

Pairs = Sequence[tuple[str, str]]
FORM = "application/x-www-form-urlencoded"


class Spec:
    """The document, or nothing of it: then every request fits."""

    def __init__(self, path: Path | None) -> None:
        self._spec: Mapping[str, Any] = json.loads(path.read_text(encoding="utf-8")) if path else {}

    def query(self, path: str, pairs: Pairs) -> list[str]:
        """What is wrong with the query of a GET; `path` as the document writes it."""
        if not self._spec:
            return []
        said = self._spec["paths"][path]["get"].get("parameters", ())
        return list(self._wrong(pairs, {one["name"]: one["schema"] for one in said if one["in"] == "query"}))

    def form(self, path: str, pairs: Pairs) -> list[str]:
        """What is wrong with the form of a POST."""
        if not self._spec:
            return []
        schema = self._spec["paths"][path]["post"]["requestBody"]["content"][FORM]["schema"]
        given = {name for name, _ in pairs}
        missing = [f"{name} is required" for name in schema.get("required", ()) if name not in given]
        return [*missing, *self._wrong(pairs, schema["properties"])]

    def fields(self, schema: str) -> Mapping[str, Any]:
        """The properties of a schema; empty without a document."""
        found: Mapping[str, Any] = self._spec["components"]["schemas"][schema]["properties"] if self._spec else {}
        return found

    def _wrong(self, pairs: Pairs, known: Mapping[str, Any]) -> Iterator[str]:
        names = [name for name, _ in pairs]
        for name in dict.fromkeys(names):
            if name not in known:
                yield f"{name} is not a parameter"
            elif names.count(name) > 1 and self._schema(known[name]).get("type") != "array":
                yield f"{name} is given {names.count(name)} times"
        for name, value in pairs:
            if name in known and (told := self._misfit(value, self._schema(known[name]))):
                yield f"{name} {told}"

    def _schema(self, schema: Mapping[str, Any]) -> Mapping[str, Any]:
        while "$ref" in schema:
            schema = self._spec["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        return schema

    def _misfit(self, value: str, schema: Mapping[str, Any]) -> str:
        if schema.get("type") == "array":
            return self._misfit(value, self._schema(schema["items"]))
        if "enum" in schema and value not in schema["enum"]:
            return "is none of the values allowed"
        return _type(value, schema) or _size(value, schema) or _format(value, schema)


def _type(value: str, schema: Mapping[str, Any]) -> str:
    match schema.get("type"):
        case "integer" if not re.fullmatch(r"-?\d+", value):
            return "is not an integer"
        case "number" if not re.fullmatch(r"-?\d+(\.\d+)?", value):
            return "is not a number"
        case "boolean" if value.lower() not in ("true", "false"):
            return "is neither true nor false"
    return ""


def _size(value: str, schema: Mapping[str, Any]) -> str:
    if schema.get("type") == "integer":
        low, high = schema.get("minimum", int(value)), schema.get("maximum", int(value))
        return "" if low <= int(value) <= high else "is out of range"
    if len(value) < schema.get("minLength", 0) or len(value) > schema.get("maxLength", len(value)):
        return "has the wrong length"
    return "" if re.search(schema.get("pattern", ""), value) else "does not fit its pattern"


def _format(value: str, schema: Mapping[str, Any]) -> str:
    match schema.get("format"):
        case "uri" if not is_url(value):
            return "is not a URL"
        case "date-time" if not is_time(value):
            return "is not a time"
    return ""


def is_url(value: str) -> bool:
    """http or https, with a host."""
    to = urlsplit(value)
    return to.scheme in ("http", "https") and bool(to.hostname)


def is_time(value: str) -> bool:
    """ISO 8601, a day or a moment."""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return False
    return True
