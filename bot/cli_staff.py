"""Commands of the team: roles, sessions, the door, broadcasts, what waits. Joined to `convoca` by bot/cli.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

staff_app = typer.Typer(help="Who of the team may do what by chat.", no_args_is_help=True, rich_markup_mode=None)
session_app = typer.Typer(help="Make, publish, change or close a session.", no_args_is_help=True, rich_markup_mode=None)
broadcast_app = typer.Typer(help="Stop a broadcast, go on, correct it.", no_args_is_help=True, rich_markup_mode=None)
phones_app = typer.Typer(
    help="Join two phones of one person, or part them.", no_args_is_help=True, rich_markup_mode=None
)

Yes = Annotated[bool, typer.Option("--yes", help="Answer the questions with yes.")]
Code = Annotated[str, typer.Argument(metavar="SESSION", help="Code of the session: sm1.")]
Phone = Annotated[
    str, typer.Argument(metavar="CHANNEL:ADDRESS", help="sms:+507..., whatsapp:+507... or telegram:123456.")
]
When = Annotated[str, typer.Option(help='Day and hour there: "sábado 21 nov 3:30 pm", "2026-11-21 15:30".')]


@staff_app.command("add")
def staff_add(
    address: Annotated[str, typer.Argument(metavar="CHANNEL:ADDRESS", help="telegram:123456 or whatsapp:+507...")],
    role: Annotated[str, typer.Option(help="admin, facilitator, auditor, verifier or entity.")],
    lab: Annotated[str, typer.Option(help="Only in this lab: san-martin. Without it, in every lab.")] = "",
    name: Annotated[str, typer.Option(help="First name, as colleagues read it.")] = "",
    person: Annotated[str, typer.Option("--as", help="Token of somebody of the team: another phone of theirs.")] = "",
) -> None:
    """Give a role to an address. SMS can not have one: its senders can be forged."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.add(store, address, role, lab=lab, name=name, person=person)


@staff_app.command("list")
def staff_list() -> None:
    """Show who has which role. Numbers are never shown whole."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.listed(store)


@staff_app.command("code")
def staff_code(
    whom: Annotated[str, typer.Argument(metavar="WHO", help="The token of `staff list`, or the first name.")],
) -> None:
    """Show the six digits that a phone is asked for, after 12 silent hours, before it writes to many people."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.code(store, whom)


@staff_app.command("remove")
def staff_remove(
    whom: Annotated[str, typer.Argument(metavar="WHO", help="The token of `staff list`, or CHANNEL:ADDRESS.")],
    role: Annotated[str, typer.Option(help="Only this role.")] = "",
    lab: Annotated[str, typer.Option(help="Only in this lab.")] = "",
) -> None:
    """Take roles back. What was begun by chat ends at once."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.remove(store, whom, role=role, lab=lab)


@session_app.command("new")
def session_new(
    lab: Annotated[str, typer.Option(help="The lab: san-martin.")],
    when: When,
    place: Annotated[str, typer.Option(help="Where: Casa Comunal. 30 letters at the most.")],
    use: Annotated[str, typer.Option(help='What becomes of what people choose: "va a la junta comunal".')],
    capacity: Annotated[int | None, typer.Option(min=1, help="People that fit in. Without it, no limit.")] = None,
    kind: Annotated[str, typer.Option(help="problems, report_back, table or public.")] = "problems",
    title: Annotated[str, typer.Option(help="As the plan shows it.")] = "Laboratorio",
    code: Annotated[str, typer.Option(help="Its code. Without one the next of the lab: sm3.")] = "",
) -> None:
    """Make a session, as a draft."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        said = {"lab": lab, "kind": kind, "title": title, "place": place, "use": use, "code": code}
        staffing.new_session(store, when, capacity, said)


@session_app.command("publish")
def session_publish(session: Code) -> None:
    """Let people sign up for it. Inviting them is `convoca announce`."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.publish(store, session)


@session_app.command("edit")
def session_edit(
    session: Code,
    when: When = "",
    place: Annotated[str, typer.Option(help="The new place.")] = "",
    capacity: Annotated[int | None, typer.Option(min=1, help="The new number of places.")] = None,
    yes: Yes = False,
) -> None:
    """Change hour, place or number of places: who was invited or is coming is told of the first two, once."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.edit(store, session, when, place, capacity, yes=yes)


@session_app.command("close")
def session_close(
    session: Code, count: Annotated[int | None, typer.Option(min=0, help="People counted in the room.")] = None
) -> None:
    """The session is over: who had a place and was not checked in did not come."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.close(store, session, count)


@broadcast_app.command("stop")
def broadcast_stop(code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the broadcast.")]) -> None:
    """Hold what has not left yet."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.turn(store, code, go_on=False)


@broadcast_app.command("resume")
def broadcast_resume(code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the broadcast.")]) -> None:
    """Let the rest go."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.turn(store, code, go_on=True)


@broadcast_app.command("again")
def broadcast_again(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the broadcast.")], yes: Yes = False
) -> None:
    """Send once more what nobody knows whether it arrived."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.again(store, code, yes=yes)


@broadcast_app.command("correct")
def broadcast_correct(
    code: Annotated[str, typer.Argument(metavar="CODE", help="Code of the broadcast.")],
    text: Annotated[str, typer.Option(help="What is right, in one sentence: 90 letters at the most.")],
    said: Annotated[
        list[str] | None, typer.Option("--in", help='The same in another language: "en.text=Bring one chair".')
    ] = None,
    yes: Yes = False,
) -> None:
    """Put right what it said, to those who received it; what of it still waits does not leave any more."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.correct(store, code, text, said, yes=yes)


@phones_app.command("join")
def phones_join(
    first: Phone,
    second: Phone,
    person: Annotated[
        list[str] | None, typer.Option("--person", metavar="TOKEN", help="Who of a phone of several: P-7KTQ2C.")
    ] = None,
    yes: Yes = False,
) -> None:
    """Two phones are one person's, as VINCULAR does, for who asked a person of the team. The first one's name stays."""
    from bot.terminal import opening, phoning

    with opening.database() as store:
        phoning.join(store, first, second, person or (), yes=yes)


@phones_app.command("part")
def phones_part(address: Phone, yes: Yes = False) -> None:
    """Part what was joined with a phone within 7 days, as NO FUI YO does."""
    from bot.terminal import opening, phoning

    with opening.database() as store:
        phoning.part(store, address, yes=yes)


def checkin(
    session: Code,
    code: Annotated[
        str, typer.Argument(metavar="CODE|NAME", help="Who came: 7KTQ, or Ana. Without it: somebody without a place.")
    ] = "",
    anyway: Annotated[bool, typer.Option("--anyway", help="Let in who gave the place back.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="They did not come after all.")] = False,
) -> None:
    """Note at the door who came."""
    from bot.terminal import arriving, opening

    with opening.database() as store:
        arriving.checkin(store, session, code, undo=undo, anyway=anyway)


def coming(
    session: Code,
    names: Annotated[bool, typer.Option("--names", help="With the first name behind each code.")] = False,
) -> None:
    """Show how many come to a session, what they need, and the list by code."""
    from bot.terminal import arriving, opening

    with opening.database() as store:
        arriving.coming(store, session, names=names)


def answer(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Of `convoca pending`: RESPONDER 3 is 3.")],
    text: Annotated[str, typer.Argument(metavar="TEXT", help="What she reads, signed by the team.")] = "",
) -> None:
    """Answer a neighbour who asked for a person. Without a text: show what she wrote last."""
    from bot.terminal import answering, opening

    with opening.database() as store:
        answering.answer(store, number, text)


def pending() -> None:
    """Show what waits for the team, what is late first, with the command for it."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.pending(store)


def read(
    done: Annotated[bool, typer.Option("--done", help="You have read those that are shown.")] = False,
    answer: Annotated[
        int | None, typer.Option("--answer", metavar="N", min=1, help="Write to who wrote this one.")
    ] = None,
) -> None:
    """Show what neighbours wrote that no question asked for, without names."""
    from bot.terminal import opening, staffing

    if done and answer:
        raise typer.BadParameter("one of --done and --answer", param_hint="--answer")
    with opening.database() as store:
        if answer:
            return staffing.answered(store, answer)
        staffing.read(store, done=done)


def heard(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Of `convoca pending`: RESPONDER 3 is 3.")],
    words: Annotated[str, typer.Argument(metavar="WORDS", help='What you understood: "primero el agua".')],
) -> None:
    """Ask a neighbour whether this is what her voice note says. Her yes makes it words of hers."""
    from bot.terminal import opening, staffing

    with opening.database() as store:
        staffing.heard(store, number, words)


def audio(
    number: Annotated[int, typer.Argument(metavar="NUMBER", help="Of `convoca pending`: RESPONDER 3 is 3.")],
    to: Annotated[Path, typer.Option("--to", metavar="FOLDER", help="Where the file goes.")] = Path(),
) -> None:
    """Fetch a voice note from its provider into a file that only you can read, to hear it."""
    from bot.terminal import opening, recordings

    with opening.database() as store:
        recordings.audio(store, number, to)


def join(app: typer.Typer) -> None:
    """Make these commands part of `convoca`."""
    app.add_typer(staff_app, name="staff")
    app.add_typer(session_app, name="session")
    app.add_typer(broadcast_app, name="broadcast")
    app.add_typer(phones_app, name="phones")
    app.command()(coming)
    app.command()(checkin)
    app.command()(pending)
    app.command()(answer)
    app.command()(read)
    app.command()(heard)
    app.command()(audio)
