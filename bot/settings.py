"""Settings: CONVOCA_<NAME>, or CONVOCA_<NAME>_FILE with the value in a file. Every fault is told at once."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Literal
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from rapidfuzz import process
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot.errors import BadSettings
from storage.sealed import BadKey, KeyRing

PREFIX, FILE = "CONVOCA_", "_FILE"
_DIALECTS = {"sqlite": "sqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
_NO_KEY = (
    "CONVOCA_SECRET_KEY: it is missing; personal data is sealed with it. Make one with "
    "`python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`, keep it in a file that only you can read, "
    "and name that file in CONVOCA_SECRET_KEY_FILE. Keep a copy: without it the data can not be read again"
)


def _database(url: str) -> str:
    """A database address, with the driver we use named in it."""
    scheme, mark, rest = url.partition("://")
    driver = _DIALECTS.get(scheme, scheme if scheme in _DIALECTS.values() else "")
    try:
        make_url(f"{driver}{mark}{rest}")
    except (ArgumentError, ValueError):
        driver = ""
    if not driver or not mark:
        raise ValueError("it is not the address of a database; write sqlite:///path/to/file.db or postgresql://...")
    return f"{driver}{mark}{rest}"


def _site(url: str) -> str:
    """The address people reach us at, without a slash at its end."""
    parts = urlsplit(url)
    if url and (parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment):
        raise ValueError("it is not the address of a site; write https://convoca.example.org")
    return url.rstrip("/")


def _zone(name: str) -> str:
    if name not in available_timezones():
        near = process.extractOne(name, sorted(available_timezones()), score_cutoff=60)
        hint = f"did you mean {near[0]}?" if near else "write one like America/Panama"
        raise ValueError(f"there is no time zone of that name; {hint}")
    return name


def _ring(secret: SecretStr) -> SecretStr:
    try:
        if secret.get_secret_value():
            KeyRing(secret.get_secret_value())
    except BadKey as fault:
        raise ValueError(f"{fault}. Several are parted by commas") from None
    return secret


class Settings(BaseSettings):
    """Everything that differs from one installation to the next. Made by `load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: Annotated[str, AfterValidator(_database)] = Field(
        "sqlite:///data/convoca.db", repr=False, description="where everything is kept: SQLite or PostgreSQL"
    )
    secret_key: Annotated[SecretStr, AfterValidator(_ring)] = Field(
        SecretStr(""), description="seals personal data; several are parted by commas, the first seals"
    )
    public_url: Annotated[str, AfterValidator(_site)] = Field(
        "", description="the address people reach this site at; empty while there is none"
    )
    timezone: Annotated[str, AfterValidator(_zone)] = Field(
        "America/Panama", description="the time zone of a territory that names none"
    )
    host: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = Field(
        "127.0.0.1", description="the address the web process listens on"
    )
    port: int = Field(8000, ge=1, le=65535, description="the port the web process listens on")
    log_format: Literal["text", "json"] = Field("text", description="how log lines are written: text or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least serious line that is logged: debug, info, warning or error"
    )

    @property
    def secret(self) -> str:
        """The secret key in the clear, for the Store alone."""
        return self.secret_key.get_secret_value()

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of `timezone`."""
        return ZoneInfo(self.timezone)


def load(given: Mapping[str, str] | None = None, *, need_key: bool = True) -> Settings:
    """The settings of the environment; `given` ones, by field, go before it. Raises BadSettings with every fault."""
    given = given or {}
    files, faults = _secret_files(os.environ, skip=given)
    try:
        settings = Settings(**{**files, **given})  # type: ignore[arg-type]  # pydantic reads the texts
    except ValidationError as wrong:
        raise BadSettings([*faults, *_told(wrong, files)]) from None
    if need_key and not settings.secret and not any("SECRET_KEY" in f for f in faults):
        faults.append(_NO_KEY)
    if faults:
        raise BadSettings(faults)
    return settings


def variable(field: str) -> str:
    """The environment's name of a field."""
    return f"{PREFIX}{field.upper()}"


def unknown(environ: Mapping[str, str]) -> list[str]:
    """Variables that look like settings and are none, each with the one that may be meant."""
    known = {variable(f) + end for f in Settings.model_fields for end in ("", FILE)}
    told = []
    for name in sorted(n for n in environ if n.startswith(PREFIX) and n not in known):
        near = process.extractOne(name, sorted(known), score_cutoff=85)
        told.append(f"{name}: this version reads no such setting" + (f"; did you mean {near[0]}?" if near else ""))
    return told


def _secret_files(environ: Mapping[str, str], skip: Mapping[str, str]) -> tuple[dict[str, str], list[str]]:
    """The values kept in files, by field, and what is wrong with those files."""
    values: dict[str, str] = {}
    faults: list[str] = []
    for field in Settings.model_fields:
        name = variable(field)
        path = environ.get(name + FILE, "")
        if field in skip or not path:
            continue
        if environ.get(name):
            faults.append(f"{name}: it is set twice, here and in {name}{FILE}. Remove one of the two")
        try:
            values[field] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as wrong:
            why = wrong.strerror if isinstance(wrong, OSError) else "it is not a text"
            faults.append(f"{name}{FILE}: the file {path} can not be read ({why}). Mend its path or its permissions")
            continue
        if not values[field]:
            faults.append(f"{name}{FILE}: the file {path} is empty. Write the value into it")
    return values, faults


def _told(wrong: ValidationError, files: Mapping[str, str]) -> Iterator[str]:
    """Each fault in one sentence. The value itself is never shown: it may be a secret."""
    for fault in wrong.errors(include_input=False, include_url=False):
        field = str(fault["loc"][0])
        name = variable(field) + (FILE if field in files else "")
        if fault["type"] == "value_error":
            yield f"{name}: {fault['msg'].removeprefix('Value error, ')}"
            continue
        about = Settings.model_fields[field].description
        yield f"{name}: {fault['msg'][:1].lower()}{fault['msg'][1:]}. It is {about}"
