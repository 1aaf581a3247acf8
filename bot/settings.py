"""Settings: CONVOCA_<NAME>, or CONVOCA_<NAME>_FILE with the value in a file. Every fault is told at once."""

from __future__ import annotations

import hashlib
import hmac
import os
from collections.abc import Collection, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Annotated, Literal, NamedTuple
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, SecretStr, StringConstraints, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict
from rapidfuzz import process

from bot import prices as price_rules
from bot import values
from bot.errors import BadSettings
from bot.prices import Prices

PREFIX, FILE = "CONVOCA_", "_FILE"
TWILIO, TWILIO_CONTENT = "https://api.twilio.com", "https://content.twilio.com"
_TOGETHER = (
    ("twilio_account_sid", "twilio_auth_token"),
    ("android_url", "android_login", "android_password", "android_signing_key"),
)
_NO_KEY = (
    "CONVOCA_SECRET_KEY: it is missing; personal data is sealed with it. Make one with "
    "`python3 -c 'import secrets; print(secrets.token_urlsafe(32))'`, keep it in a file that only you can read, "
    "and name that file in CONVOCA_SECRET_KEY_FILE. Keep a copy: without it the data can not be read again"
)


class Settings(BaseSettings):
    """Everything that differs from one installation to the next. Made by `load`."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, env_ignore_empty=True, extra="ignore", frozen=True, hide_input_in_errors=True
    )

    database_url: Annotated[str, AfterValidator(values.database)] = Field(
        "sqlite:///data/convoca.db", repr=False, description="where everything is kept: SQLite or PostgreSQL"
    )
    secret_key: Annotated[SecretStr, AfterValidator(values.ring)] = Field(
        SecretStr(""), description="seals personal data; several are parted by commas, the first seals"
    )
    public_url: Annotated[str, AfterValidator(values.site)] = Field(
        "", description="the address people reach this site at; empty while there is none"
    )
    lang: Annotated[str, AfterValidator(values.lang)] = Field(
        "en", description="the language in which commands say why an act is refused: en, es"
    )
    timezone: Annotated[str, AfterValidator(values.zone)] = Field(
        "America/Panama", description="the time zone of a territory that names none"
    )
    host: Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)] = Field(
        "127.0.0.1", description="the address the web process listens on"
    )
    port: int = Field(8000, ge=1, le=65535, description="the port the web process listens on")
    telegram_token: Annotated[SecretStr, AfterValidator(values.bot_token)] = Field(
        SecretStr(""), description="the token that BotFather gave; empty: no Telegram"
    )
    telegram_api_url: Annotated[str, AfterValidator(values.site)] = Field(
        "https://api.telegram.org", description="Telegram's address, or that of a Bot API server of one's own"
    )
    telegram_webhook_secret: Annotated[SecretStr, AfterValidator(values.hook_secret)] = Field(
        SecretStr(""), description="what Telegram shows at our webhook; empty: made of the secret key"
    )
    telegram_rate: float = Field(30.0, gt=0, description="messages a second that Telegram allows this bot")
    twilio_account_sid: Annotated[str, AfterValidator(values.account)] = Field(
        "", description="Twilio's account, AC and 32 letters; empty: no Twilio"
    )
    twilio_auth_token: SecretStr = Field(
        SecretStr(""), description="the account's auth token; two parted by a comma while it is changed"
    )
    twilio_api_url: Annotated[str, AfterValidator(values.site)] = Field(TWILIO, description="Twilio's address")
    twilio_sms_from: Annotated[str, AfterValidator(values.sms_from)] = Field(
        "", description="the number that Twilio sends SMS from, or a messaging service (MG...)"
    )
    twilio_sms_rate: float = Field(1.0, gt=0, description="SMS segments a second that the number may send")
    twilio_whatsapp_from: Annotated[str, AfterValidator(values.number)] = Field(
        "", description="the number that Twilio sends WhatsApp messages from"
    )
    twilio_whatsapp_rate: float = Field(80.0, gt=0, description="WhatsApp messages a second that the number may send")
    twilio_content: Annotated[str, AfterValidator(values.content)] = Field(
        "", repr=False, description="the approved WhatsApp templates: JSON, or the path of a JSON file"
    )
    android_url: Annotated[str, AfterValidator(values.site)] = Field(
        "", description="the address of the phone with the local SIM: http://10.0.0.5:8080; empty: no local SIM"
    )
    android_login: str = Field("", description="the login that the phone's gateway shows")
    android_password: SecretStr = Field(SecretStr(""), description="the password that the phone's gateway shows")
    android_signing_key: Annotated[SecretStr, AfterValidator(values.signing_key)] = Field(
        SecretStr(""), description="the key the phone signs its calls with, 32 characters or more"
    )
    android_country: Annotated[str, AfterValidator(values.country)] = Field(
        "PA", description="the country of the SIM, two letters: how numbers without +507 are read"
    )
    android_rate: float = Field(10.0, gt=0, le=30, description="SMS segments a minute that the phone may send")
    android_number: Annotated[str, AfterValidator(values.number)] = Field(
        "", description="the number of the SIM, +507...: pages and posters show it; empty: they name no SMS number"
    )
    sms_by_country: Annotated[str, AfterValidator(values.by_country)] = Field(
        "", description="who sends SMS where: PA=android,CO=twilio,*=twilio; empty: whoever is on"
    )
    prices: Annotated[str, AfterValidator(values.prices)] = Field(
        "", repr=False, description="what your providers charge: the path of a TOML file like examples/prices.toml"
    )
    alert_to: Annotated[str, AfterValidator(values.addresses)] = Field(
        "", repr=False, description="who is told when a sender stops: sms:+507...,telegram:123, parted by commas"
    )
    log_format: Literal["text", "json"] = Field("text", description="how log lines are written: text or json")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        "info", description="the least serious line that is logged: debug, info, warning or error"
    )

    @property
    def secret(self) -> str:
        """The secret key in the clear, for the Store alone."""
        return self.secret_key.get_secret_value()

    @property
    def telegram_secret(self) -> str:
        """What Telegram shows at our webhook: as set, else made of the secret key, so that nobody need invent it."""
        given = self.telegram_webhook_secret.get_secret_value()
        return given or hmac.new(self.secret.encode(), b"convoca telegram webhook", hashlib.sha256).hexdigest()

    @property
    def twilio_content_url(self) -> str:
        """Where Twilio keeps templates: its own host, or the one that stands for Twilio."""
        return TWILIO_CONTENT if self.twilio_api_url == TWILIO else self.twilio_api_url

    @property
    def templates(self) -> values.Templates:
        """Approved WhatsApp templates."""
        return values.templates(self.twilio_content)

    @property
    def price_table(self) -> Prices:
        """What sending costs; empty without a file."""
        return price_rules.read(self.prices) if self.prices else price_rules.NONE

    @property
    def zone(self) -> ZoneInfo:
        """The time zone of `timezone`."""
        return ZoneInfo(self.timezone)


class Fault(NamedTuple):
    """What is wrong with one setting."""

    field: str
    text: str  # one sentence, with what to do and without the value


class Found(NamedTuple):
    """What can be read."""

    settings: Settings  # what is wrong stands at its default
    faults: Sequence[Fault]


def load(given: Mapping[str, str] | None = None, *, need_key: bool = True) -> Settings:
    """The settings of the environment; `given` ones, by field, go before it. Raises BadSettings with every fault."""
    found = look(given, need_key=need_key)
    if found.faults:
        raise BadSettings([fault.text for fault in found.faults])
    return found.settings


def look(given: Mapping[str, str] | None = None, *, need_key: bool = True) -> Found:
    """The same with the faults beside it, for who goes on to look at the rest."""
    given = given or {}
    files, faults = _secret_files(os.environ, skip=given)
    settings, unfit = _read({**files, **given}, files)
    faults += unfit
    told = {fault.field for fault in faults}
    if need_key and not settings.secret and "secret_key" not in told:
        faults.append(Fault("secret_key", _NO_KEY))
    return Found(settings, [*faults, *_halves(settings, told)])


def _read(values: Mapping[str, object], files: Mapping[str, str]) -> tuple[Settings, Sequence[Fault]]:
    """A wrong value does not hide what is wrong beside it: the others are read without it."""
    try:
        return Settings(**values), []  # type: ignore[arg-type]  # pydantic reads the texts
    except ValidationError as wrong:
        faults = list(_told(wrong, files))
    defaults = {fault.field: Settings.model_fields[fault.field].default for fault in faults}
    return Settings(**{**values, **defaults}), faults


def _halves(settings: Settings, told: Collection[str]) -> Iterator[Fault]:
    """Channels that are named by half. What is wrong is not missing too."""

    def there(field: str) -> bool:
        return field in told or bool(_plain(settings, field))

    for group in _TOGETHER:
        missing = [field for field in group if not there(field)]
        if missing and (given := [variable(field) for field in group if there(field)]):
            names = ", ".join(map(variable, missing))
            yield Fault(missing[0], f"{names}: missing beside {', '.join(given)}. Set all of them, or none")
    froms = ("twilio_sms_from", "twilio_whatsapp_from")
    if there("twilio_account_sid") != any(map(there, froms)):
        what = f"{variable('twilio_account_sid')} and {' or '.join(map(variable, froms))}"
        yield Fault("twilio_account_sid", f"Twilio needs {what}: one of the two is missing")


def _plain(settings: Settings, field: str) -> str:
    value = getattr(settings, field)
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


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


def _secret_files(environ: Mapping[str, str], skip: Mapping[str, str]) -> tuple[dict[str, str], list[Fault]]:
    """The values kept in files, by field, and what is wrong with those files."""
    values: dict[str, str] = {}
    faults: list[Fault] = []
    for field in Settings.model_fields:
        name = variable(field)
        path = environ.get(name + FILE, "")
        if field in skip or not path:
            continue
        if environ.get(name):
            faults.append(Fault(field, f"{name}: it is set twice, here and in {name}{FILE}. Remove one of the two"))
        try:
            values[field] = Path(path).read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as wrong:
            why = wrong.strerror if isinstance(wrong, OSError) else "it is not a text"
            faults.append(
                Fault(field, f"{name}{FILE}: the file {path} can not be read ({why}). Mend its path or its permissions")
            )
            continue
        if not values[field]:
            faults.append(Fault(field, f"{name}{FILE}: the file {path} is empty. Write the value into it"))
    return values, faults


def _told(wrong: ValidationError, files: Mapping[str, str]) -> Iterator[Fault]:
    """Each fault in one sentence. The value itself is never shown: it may be a secret."""
    for fault in wrong.errors(include_input=False, include_url=False):
        field = str(fault["loc"][0])
        name = variable(field) + (FILE if field in files else "")
        if fault["type"] == "value_error":
            yield Fault(field, f"{name}: {fault['msg'].removeprefix('Value error, ')}")
            continue
        about = Settings.model_fields[field].description
        yield Fault(field, f"{name}: {fault['msg'][:1].lower()}{fault['msg'][1:]}. It is {about}")
