"""How single settings are read: each takes what people write and gives one form of it, or says what to write instead.

Raises ValueError in every one: the sentence is told with the setting's name, never with its value.
"""

from __future__ import annotations

import json
import pkgutil
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit
from zoneinfo import available_timezones

from phonenumbers import SUPPORTED_REGIONS
from psycopg import ProgrammingError
from psycopg.conninfo import make_conninfo
from pydantic import SecretStr
from rapidfuzz import process
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from bot import prices as price_table
from bot.i18n import Catalogues
from storage.sealed import BadKey, KeyRing
from storage.sqlite import file_of

_DIALECTS = {"sqlite": "sqlite", "postgres": "postgresql+psycopg", "postgresql": "postgresql+psycopg"}
SHORTEST_KEY = 32  # characters of the key a phone signs with
CHANNELS = ("sms", "whatsapp", "telegram")
_HOST = re.compile(r"[\w-]+(\.[\w-]+)*\.?|[0-9a-f:.]*:[0-9a-f:.]*")  # a name, or an address of the newer kind

Templates = dict[str, dict[str, str]]  # name -> language -> ContentSid


def database(url: str) -> str:
    """A database address, with the driver we use named in it."""
    scheme, mark, rest = url.partition("://")
    driver = _DIALECTS.get(scheme, scheme if scheme in _DIALECTS.values() else "")
    try:
        found = make_url(f"{driver}{mark}{rest}")
        if driver != "sqlite":
            make_conninfo("", **dict.fromkeys(found.query, ""))  # refuses what psycopg does not know
    except (ArgumentError, ProgrammingError, ValueError):
        driver = ""
    if not driver or not mark:
        raise ValueError("it is not the address of a database; write sqlite:///path/to/file.db or postgresql://...")
    if driver == "sqlite":
        file_of(found)
    return f"{driver}{mark}{rest}"


def site(url: str) -> str:
    """The address of a site, without a slash at its end."""
    if url and not _is_site(url):
        raise ValueError("it is not the address of a site; write https://convoca.example.org")
    return url.rstrip("/")


def _is_site(url: str) -> bool:
    """Without a password in it: addresses are shown, and stand in logs."""
    try:
        parts = urlsplit(url)
        host = _HOST.fullmatch(parts.hostname or "") and parts.port != 0  # `port` raises when it is no number
    except ValueError:
        return False
    more = parts.query or parts.fragment or parts.username is not None or parts.password is not None
    return parts.scheme in ("http", "https") and bool(host) and not more


def zone(name: str) -> str:
    """The name of a time zone."""
    if name not in available_timezones():
        near = process.extractOne(name, sorted(available_timezones()), score_cutoff=60)
        hint = f"did you mean {near[0]}?" if near else "write one like America/Panama"
        raise ValueError(f"there is no time zone of that name; {hint}")
    return name


def ring(secret: SecretStr) -> SecretStr:
    """Secret keys, parted by commas."""
    try:
        if secret.get_secret_value():
            KeyRing(secret.get_secret_value())
    except BadKey as fault:
        raise ValueError(f"{fault}. Several are parted by commas") from None
    return secret


def bot_token(token: SecretStr) -> SecretStr:
    """What BotFather gives: the bot's id, a colon and a secret; without the spaces that a copy brings along."""
    plain = token.get_secret_value().strip()
    if plain and not re.fullmatch(r"[0-9]+:\S+", plain):
        raise ValueError("it is not a bot's token; those of @BotFather look like 123456789:AAExample-of_letters")
    return SecretStr(plain)


def signing_key(key: SecretStr) -> SecretStr:
    """The key a phone signs its calls with."""
    length = len(key.get_secret_value())
    if 0 < length < SHORTEST_KEY:
        raise ValueError(f"it has {length} characters; write {SHORTEST_KEY} or more")
    return key


def hook_secret(secret: SecretStr) -> SecretStr:
    """What Telegram accepts as its secret_token."""
    if not re.fullmatch(r"[A-Za-z0-9_-]{0,256}", secret.get_secret_value()):
        raise ValueError("Telegram takes letters, digits, _ and -, at most 256 of them")
    return secret


def account(sid: str) -> str:
    """The SID of an account of Twilio."""
    if sid and not re.fullmatch(r"AC[0-9a-fA-F]{32}", sid):
        raise ValueError("it is not the SID of an account: AC and 32 letters and digits, on Twilio's console")
    return sid


def number(text: str) -> str:
    """A number as +50760000001; what WhatsApp's wire puts before it is not part of it."""
    plain = re.sub(r"[\s().-]", "", text.removeprefix("whatsapp:"))
    if plain and not re.fullmatch(r"\+[1-9]\d{6,14}", plain):
        raise ValueError("it is not a number; write it with its country: +50760000001")
    return plain


def sms_from(sender: str) -> str:
    """A number, or one of Twilio's messaging services."""
    return sender if re.fullmatch(r"MG[0-9a-fA-F]{32}", sender) else number(sender)


def lang(tag: str) -> str:
    """A language of the house."""
    if tag not in (spoken := Catalogues.load().listed()):
        raise ValueError(f"it is none of our languages: {', '.join(sorted(spoken))}")
    return tag


def country(code: str) -> str:
    """A country's two letters."""
    if code.upper() not in SUPPORTED_REGIONS:
        raise ValueError("it is not a country; write its two letters: PA, PE, CL")
    return code.upper()


def by_country(text: str) -> str:
    """'PA=android,*=twilio' of 'pa = android, * = twilio'."""
    return ",".join(f"{'*' if name == '*' else country(name)}={_carrier(via)}" for name, via in pairs(text, "="))


def _carrier(via: str) -> str:
    """The name of a file of bot/channels. A name that is none would be passed over in silence."""
    folder = Path(__file__).parent / "channels"
    known = sorted(m.name for m in pkgutil.iter_modules([str(folder)]) if not m.name.startswith("_"))
    if via not in known:
        near = process.extractOne(via, known, score_cutoff=80)
        hint = f"; did you mean {near[0]}?" if near else ""
        raise ValueError(f"{via}: it is none of our channels: {', '.join(known)}{hint}")
    return via


def addresses(text: str) -> str:
    """'sms:+50760000001,telegram:123': each with the channel it is on."""
    found = list(pairs(text, ":"))
    if any(channel not in CHANNELS for channel, _address in found):
        raise ValueError("each begins with sms:, whatsapp: or telegram:")
    return ",".join(f"{channel}:{_chat(a) if channel == 'telegram' else number(a)}" for channel, a in found)


def _chat(id: str) -> str:
    """A chat of Telegram; a group's begins with a minus."""
    if not re.fullmatch(r"-?[0-9]{1,20}", id):
        raise ValueError("after telegram: stands the number of a Telegram chat: telegram:123456789")
    return id


def pairs(text: str, mark: str) -> Iterator[tuple[str, str]]:
    """The two words of each part of a list that commas part."""
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, found, value = part.partition(mark)
        if not found or not name.strip() or not value.strip():
            raise ValueError(f"each part is two words with {mark} between them; parts are parted by commas")
        yield name.strip(), value.strip()


def content(text: str) -> str:
    """The JSON itself, also when its file is named."""
    if text and not text.lstrip().startswith("{"):
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise ValueError("it is neither JSON nor a file that can be read") from None
    templates(text)
    return text


def templates(text: str) -> Templates:
    """Approved templates."""
    try:
        found = json.loads(text) if text else {}
    except ValueError:
        found = None
    if not isinstance(found, dict) or not all(_by_language(value) for value in found.values()):
        raise ValueError('it is not of this form: {"invitacion_laboratorio": {"es": "HX..."}}')
    return found


def _by_language(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(sid, str) and sid.startswith("HX") for sid in value.values())


def prices(text: str) -> str:
    """The table of prices itself, also when its file is named."""
    if text and "\n" not in text and "=" not in text:
        try:
            text = Path(text).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            raise ValueError("there is no such file, or it is no text") from None
    if text:
        price_table.read(text)
    return text
