"""`convoca check`: what is set, what was found, what is wrong and what to do about it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence

from babel import Locale
from pydantic import SecretStr
from rich.console import Console
from rich.markup import escape

from bot import channels, router
from bot import settings as settings_module
from bot.channels import Channel, Closed, Examined, Finding
from bot.i18n import Catalogues
from bot.settings import FILE, Found, Settings, variable
from bot.terminal import doctor, show
from bot.terminal.opening import can_be_told, told
from conversations import ballots
from storage import audit, closures, keys, migrate, resuming, senders
from storage.store import Store, Unit

_HIDDEN = ("alert_to", "twilio_content")  # numbers of people; long and told by its channel


def check(out: Console) -> list[str]:
    """Show everything; the faults, each with what to do."""
    settings, wrong = _settings(out)
    faults, unfit = [fault.text for fault in wrong], {fault.field for fault in wrong}
    for part in (_words, _ways):
        _probe(lambda part=part: faults.extend(part(out)), faults)  # type: ignore[misc]
    _probe(lambda: faults.extend(_channels(out, settings, unfit)), faults)
    if settings.secret and not unfit & {"database_url", "secret_key"}:
        _probe(lambda: faults.extend(_database(out, settings)), faults)
    return faults


def _probe(look: Callable[[], None], faults: list[str]) -> None:
    """One part that is broken does not hide the others."""
    try:
        look()
    except Exception as trouble:
        if not can_be_told(trouble):
            raise
        faults.append(told(trouble))


def _settings(out: Console) -> Found:
    for name in settings_module.unknown(os.environ):
        out.print(f"[yellow]Note[/] {escape(name)}")
    found = settings_module.look()
    wrong = {fault.field for fault in found.faults}
    rows = show.table(out, "Setting", "Value", "From", "What it is")
    for field, about in Settings.model_fields.items():
        value = "[red]wrong[/]" if field in wrong else escape(_value(found.settings, field))
        rows.add_row(variable(field), value, _source(field), about.description or "")
    out.print(rows)
    return found


def _value(settings: Settings, field: str) -> str:
    if isinstance(getattr(settings, field), SecretStr) or field in _HIDDEN:
        return "(set)" if _plain(getattr(settings, field)) else "-"
    if field == "database_url":
        from sqlalchemy.engine import make_url

        return make_url(settings.database_url).render_as_string(hide_password=True)
    return str(getattr(settings, field)) or "-"


def _plain(value: object) -> str:
    return value.get_secret_value() if isinstance(value, SecretStr) else str(value)


def _source(field: str) -> str:
    name = variable(field)
    return "environment" if os.environ.get(name) else "file" if os.environ.get(name + FILE) else "default"


def _words(out: Console) -> Iterator[str]:
    catalogues = Catalogues.load()
    rows = show.table(out, "Language", "Name", "Mode")
    spoken = {tag: entry for tag, entry in sorted(catalogues.languages.items()) if entry.mode != "off"}
    for tag, entry in spoken.items():
        rows.add_row(tag, escape(entry.autonym or entry.name_es), entry.mode)
    out.print(rows)
    out.print(
        f"{len(catalogues.languages) - len(spoken)} more languages are known and off: nobody has lent them words yet"
    )
    yield from catalogues.faults


def _ways(out: Console) -> Iterator[str]:
    found = router.discover()
    out.print(f"Conversations: {', '.join(sorted(found.by_name))}")
    out.print(f"Ways to choose: {', '.join(sorted(ballots.methods()))}")
    if not found.by_name:
        yield "No conversation was found: the installation is not whole. Install it again"


def _channels(out: Console, settings: Settings, unfit: Collection[str]) -> Iterator[str]:
    """Every channel. None is asked while a setting of all is wrong: its default would be judged in its place."""
    own = {name: [field for field in unfit if field.startswith(f"{name}_")] for name in channels.discover()}
    if len(unfit) > sum(map(len, own.values())):
        return
    on, wrong = channels.open_each(settings)
    found = asyncio.run(_examined(on)) | {
        name: [Finding(ok=False, text=fault) for fault in faults] for name, faults in wrong.items()
    }
    for name, fields in own.items():
        state = "[green]on[/]" if name in on else "[dim]off: it has no settings[/]"
        state = "[red]its settings are wrong[/]" if name in wrong or fields else state
        senders = ", ".join(identity.name for identity in on[name].identities()) if name in on else ""
        out.print(f"Channel {name}: {state} {escape(senders)}".rstrip())
        for finding in found.get(name, ()):
            out.print(f"  {'[green]good[/]' if finding.ok else '[red]fault[/]'} {escape(finding.text)}")
            if not finding.ok:
                yield f"{name}: {finding.text}"
    channels.identities(on)


async def _examined(on: Mapping[str, Channel]) -> dict[str, Sequence[Finding]]:
    """What each channel says of itself; asking them one by one takes as long as the slowest provider."""
    able = {name: channel for name, channel in on.items() if isinstance(channel, Examined)}
    said = await asyncio.gather(*(channel.examine() for channel in able.values()), return_exceptions=True)
    for channel in on.values():
        if isinstance(channel, Closed):
            await channel.close()
    return {name: _said(what) for name, what in zip(able, said, strict=True)}


def _said(what: Sequence[Finding] | BaseException) -> Sequence[Finding]:
    """An error of one provider hides nothing of the others; its text may hold a secret and is not shown."""
    if isinstance(what, BaseException):
        return [Finding(ok=False, text=f"it could not be asked ({type(what).__name__}): look at its address and key")]
    return what


def _database(out: Console, settings: Settings) -> Iterator[str]:
    migrate.require_current(settings.database_url)
    with Store(settings.database_url, settings.secret) as store:
        keys.check(store)
        out.print(f"Database: {store.dialect}, schema {migrate.current(settings.database_url)}")
        for use in keys.report(store):
            needs = ", ".join(f"{n} of {column}" for column, n in sorted(use.needed_by.items())) or "nothing"
            held = "seals what is written now" if use.current else "kept" if use.held else "missing"
            out.print(f"Key {use.id}: {held}; needed by {needs}")
            if use.needed_by and not use.held:
                yield f"CONVOCA_SECRET_KEY lacks the key {use.id}, without which {needs} can not be read: put it back"
        yield from store.read(audit.verify)
        yield from store.read(stopped)
        yield from doctor.look(out, settings, store)
        store.read(resuming.require_resumed)


def stopped(unit: Unit) -> list[str]:
    """Senders that stand still, and countries closed to one. A start tries them again: that is what is left to do."""
    halted = [
        f"the sender {one.name} has stopped and keeps {waiting} messages: "
        f"{(one.halted_why or '?').rstrip('.')}. Mend it, then start `convoca run` again"
        for one, waiting in senders.stopped(unit)
    ]
    return [*halted, *map(_closed, closures.every(unit))]


def _closed(one: closures.Closed) -> str:
    where = f"{Locale('en').territories.get(one.country, '?')} ({one.country})"
    told = f"the sender {one.sender} sends nothing to {where} and keeps {one.waiting} messages: {one.why}"
    if one.until is None:
        return f"{told}. Open the country at the provider or register the number there, then start `convoca run` again"
    return f"{told}. It is tried again at {one.until:%H:%M} UTC; if that goes on, ask the provider why"
