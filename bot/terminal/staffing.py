"""Acts of the team from the command line: the same functions as by chat."""

from __future__ import annotations

from collections.abc import Sequence

from rich.console import Console
from rich.markup import escape

from bot.actions import changed
from bot.actions import correct as correcting
from bot.actions import heard as hearing
from bot.actions.changed import Change
from bot.actions.staff import codes, door, meetings, reading, stop, team
from bot.actions.staff import invite as inviting
from bot.actions.staff import pending as queue
from bot.errors import Refused
from bot.terminal import asking, show, translating
from bot.terminal.opening import operator, wordings
from storage import labs, staff
from storage.labs import Session
from storage.store import Store


def add(store: Store, address: str, role: str, *, lab: str, name: str, person: str) -> None:
    """Give a role."""
    by = operator()
    token = store.do(lambda unit: team.add(unit, address, role, lab=lab, name=name, person=person, by=by))
    show.console().print(f"{token} is {role} in {escape(lab) if lab else 'every lab'}.")


def listed(store: Store) -> None:
    """Who has which role."""
    out = show.console()
    rows = show.table(out, "Person", "Name", "Channel", "Address", "Role", "Lab", "Given by", "Reached")
    for g in store.read(staff.grants):
        cells = (g.token, g.name, g.channel, g.address, g.role, g.lab or "every lab", g.granted_by)
        rows.add_row(*map(escape, cells), "yes" if g.reachable else "has not written yet")
    out.print(rows if rows.row_count else "Nobody has a role yet: convoca staff add CHANNEL:ADDRESS --role facilitator")


def code(store: Store, whom: str) -> None:
    """The six digits of now."""
    by = operator()
    token, digits = store.do(lambda unit: codes.shown(unit, whom, by=by))
    show.console().print(f"{token}: {digits[:3]} {digits[3:]}. Good for 15 minutes. Tell it by voice, to the person.")


def remove(store: Store, whom: str, *, role: str, lab: str) -> None:
    """Take roles back."""
    by = operator()
    gone = store.do(lambda unit: team.remove(unit, whom, role=role, lab=lab, by=by))
    show.console().print(f"{gone} taken back." if gone else "There was nothing to take back.")


def new_session(store: Store, when: str, capacity: int | None, said: dict[str, str]) -> None:
    """A draft."""
    words, by = wordings(), operator()
    lab = store.read(lambda unit: labs.lab(unit, said["lab"]))
    at = asking.moment(store, when, lab.tz if lab else "UTC")
    draft = meetings.Draft(starts_at=at, capacity=capacity, **said)
    made = store.do(lambda unit: meetings.new(unit, words, draft, by=by))
    _shown(made, f"draft; to let people sign up: convoca session publish {made.code}")


def publish(store: Store, code: str) -> None:
    """People may sign up."""
    words, by = wordings(), operator()
    done = store.do(lambda unit: meetings.publish(unit, words, code, by=by))
    _shown(done, f"published; to invite: convoca announce {done.code}")
    link = store.read(lambda unit: meetings.poster(unit, done))
    missing = "needs CONVOCA_PUBLIC_URL and `convoca run`"
    show.console().print(f"Poster with QR codes and radio script: {escape(link) if link else missing}", soft_wrap=True)


def edit(store: Store, code: str, when: str, place: str, capacity: int | None, *, yes: bool) -> None:
    """Another hour, place or number of places."""
    words, out, by = wordings(), show.console(), operator()
    known = store.read(lambda unit: labs.session_by_code(unit, code))
    at = asking.moment(store, when, known.tz if known else "UTC") if when else None
    what = Change(starts_at=at, place=place or None)
    moves = what != Change()
    seen = store.read(lambda unit: changed.preview(unit, words, code, what)) if moves else None
    if capacity is not None:  # once nothing is in the way of the rest
        places = store.do(lambda unit: changed.resize(unit, words, code, capacity, by=by))
        out.print(f"{places} places.")
    if seen is not None:
        _move(store, out, code, what, seen, yes=yes)


def _move(store: Store, out: Console, code: str, what: Change, seen: changed.Preview, *, yes: bool) -> None:
    words, by = wordings(), operator()
    told = seen.session.state == "published"
    if told:
        show.samples(out, seen.samples)
        show.reach(out, seen.people, seen.by_channel, seen.skipped, 0)
        asking.cost(out, store, seen.mailings)
        asking.number(seen.people, yes=yes)
    expect, shown = seen.people if told else None, seen.session.revision
    sent = store.do(lambda unit: changed.change(unit, words, code, what, by=by, expect=expect, shown=shown))
    _shown(store.read(lambda unit: labs.session_by_code(unit, code)) or seen.session, "changed")
    if sent is not None:
        asking.follow(out, store, sent, seen.session.tz)


def close(store: Store, code: str, count: int | None) -> None:
    """The end of a session."""
    words, by = wordings(), operator()
    done = store.do(lambda unit: door.close(unit, words, code, count, by=by))
    counted = "" if count is None else f" Counted in the room: {count}, {count - done['attended']:+d}."
    show.console().print(f"Came: {done['attended']}. Had a place and did not come: {done['no_show']}.{counted}")
    show.console().print("What an office agreed to: convoca promise PROBLEM --by ENTITY --text ... --due ...")


def turn(store: Store, code: str, *, go_on: bool) -> None:
    """Stop a broadcast or let it go on."""
    words, by = wordings(), operator()
    act = stop.resume if go_on else stop.stop
    show.ledger(show.console(), store.do(lambda unit: act(unit, words, code, by=by)))


def again(store: Store, code: str, *, yes: bool) -> None:
    """Send once more what nobody knows whether it arrived."""
    words, out, by = wordings(), show.console(), operator()
    seen = store.read(lambda unit: stop.doubtful(unit, words, code))
    if not seen.unknown:
        raise Refused("Nothing of it is unknown: there is nothing to send again.")
    show.ledger(out, seen)
    out.print("Who received it and we do not know gets it twice.")
    asking.number(seen.unknown, yes=yes)
    count = store.do(lambda unit: inviting.again(unit, seen.broadcast_id, by=by))
    out.print(f"{count} sent again." if count else "None goes again: its community stopped it, or it was put right.")


def correct(store: Store, code: str, text: str, said: Sequence[str] | None, *, yes: bool) -> None:
    """Show whom it would reach and in which words, stop what still goes out, ask, do, follow."""
    words, out, by = wordings(), show.console(), operator()
    texts = translating.read(said, {"text": "text"})
    seen = store.read(lambda unit: correcting.preview(unit, words, code, text, texts))
    if seen.done_before is not None:
        out.print("Those words were sent already.")
        return asking.follow(out, store, seen.done_before, seen.lab.tz)
    if seen.first.waiting and seen.first.state == "sending":
        asking.agreed(f"It still goes out to {show.people(seen.first.waiting)}. Stop it?", yes=yes)
        store.do(lambda unit: stop.stop(unit, words, code, by=by))
        out.print(f"Stopped. To let it go on as it is: convoca broadcast resume {seen.first.code}")
        seen = store.read(lambda unit: correcting.preview(unit, words, code, text, texts))
    out.print(f"[bold]{seen.first.code}[/] {seen.first.kind} · received by {show.people(seen.first.received)}")
    show.samples(out, seen.samples)
    show.reach(out, seen.people, seen.by_channel, seen.skipped, seen.segments)
    asking.cost(out, store, seen.mailings)
    out.print(f"It goes out {asking.when(seen.when, store.read(lambda unit: unit.now), seen.lab.tz)}.")
    asking.number(seen.people, yes=yes)
    people = seen.people
    told = store.do(lambda unit: correcting.correct(unit, words, code, text, texts, by=by, expect=people))
    return asking.follow(out, store, told, seen.lab.tz, shown=seen.when)


def heard(store: Store, number: int, words: str) -> None:
    """What a voice note says, asked back."""
    catalogues, by = wordings(), operator()
    asked = store.do(lambda unit: hearing.tell(unit, catalogues, number, words, by=by))
    show.console().print(escape(f"Asked: {asked}"))


def pending(store: Store) -> None:
    """What waits, without names."""
    out = show.console()
    items = store.read(queue.read)
    for item in items:
        at = show.moment(item.due, item.tz) if item.due else "-"
        about = f"{item.sent} {item.about}".strip() if item.kind != "handover" else item.say
        late = "[red]late[/]" if item.late else "    "
        many = f" {item.count}" if item.count > 1 else ""
        out.print(f"{late}  {at:16}  {item.kind} {escape(about)}{many} {escape(item.lab)}".rstrip())
        if item.command:
            out.print(f"{'':24}[dim]{escape(item.command)}[/]")
    if not items:
        out.print("Nothing waits.")


def read(store: Store, *, done: bool) -> None:
    """Words that nobody of the team has read, the oldest first; `done` marks those that are shown."""
    out = show.console()
    shown = store.read(lambda unit: reading.page(unit, None))
    for n, one in enumerate(shown, 1):
        about = f"  [dim]about {escape(one['about'])}[/]" if one["about"] else ""
        out.print(f"{n}  {escape(one['text'])}{about}")
    if not shown:
        return out.print("Nothing to read.")
    if done:
        by = operator()
        store.do(lambda unit: reading.seen(unit, shown, by=by))
        return out.print("[dim]Noted as read.[/]")
    return out.print("[dim]convoca read --done, once you have read them; to write to one: convoca read --answer 1[/]")


def answered(store: Store, which: int) -> None:
    """One of those that `read` shows waits for an answer from now on; with the command that writes it."""
    by, out = operator(), show.console()
    shown = store.read(lambda unit: reading.page(unit, None))
    if not 1 <= which <= len(shown):
        raise Refused(f"There is no {which}. To see them: convoca read")
    number = store.do(lambda unit: reading.to_answer(unit, shown[which - 1], by=by))
    if number is None:
        raise Refused("That person can not be written to any more.")
    out.print(escape(f"«{shown[which - 1]['text']}»"))
    out.print(f'[dim]convoca answer {number} "..."[/]')


def _shown(one: Session, what: str) -> None:
    when = show.moment(one.starts_at, one.tz)
    show.console().print(f"[bold]{one.code}[/] {escape(one.title)} · {when} · {escape(one.place)} · {escape(what)}")
