"""The commands of `convoca`. Each imports what it needs when it is called, so that `convoca --help` is quick."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from bot import cli_ideas, cli_keep, cli_staff, cli_told

EXAMPLE = Path(__file__).parent.parent / "examples" / "panama.toml"

app = typer.Typer(
    name="convoca",
    help="A chat bot for citizen convocation and feedback over Telegram, WhatsApp and SMS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
contest_app = typer.Typer(help="Open or close a choice.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(contest_app, name="contest")

Code = Annotated[str, typer.Argument(metavar="SESSION", help="Code of the session: sm1.")]
Slug = Annotated[str, typer.Argument(metavar="SLUG", help="The contest: sm.")]
About = Annotated[str, typer.Argument(metavar="PROBLEM|NUMBER", help="A problem, or the number of a commitment.")]
Due = Annotated[str, typer.Option(help="By when, as it was said: fin de marzo, martes 15 jun. Empty: no day was said.")]
Yes = Annotated[bool, typer.Option("--yes", help="Answer the questions with yes.")]


class Role(StrEnum):
    """Which processes `run` starts."""

    all = "all"
    web = "web"
    sender = "sender"


class To(StrEnum):
    """Whom an invitation goes to."""

    community = "community"
    attendees = "attendees"
    both = "both"


class Kind(StrEnum):
    """Kinds of phone."""

    sms = "sms"
    whatsapp = "whatsapp"
    telegram = "telegram"


@app.callback()
def guarded() -> None:
    """A chat bot for citizen convocation and feedback over Telegram, WhatsApp and SMS."""
    from bot import logs

    logs.configure("text", "warning")  # before anything can fail: no traceback shows what a person wrote


# --- serving ------------------------------------------------------------------------------------------------------


@app.command()
def demo(
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port to listen on.")] = 8000,
    fresh: Annotated[bool, typer.Option("--fresh", help="Start over: forget what was done before.")] = False,
    providers: Annotated[
        bool, typer.Option("--providers", help="Show the wire: imitations of Telegram, Twilio and a SIM, on PORT + 1.")
    ] = False,
) -> None:
    """Serve the demonstration: the example plan, three phones in the browser, no token, no network."""
    from bot.terminal import serving

    if providers:
        from bot.terminal import providers as imitated

        raise typer.Exit(imitated.demo(host, port))
    raise typer.Exit(serving.demo(host, port, fresh=fresh))


@app.command()
def run(
    host: Annotated[str | None, typer.Option(help="Address to listen on (CONVOCA_HOST).")] = None,
    port: Annotated[int | None, typer.Option(min=1, max=65535, help="Port to listen on (CONVOCA_PORT).")] = None,
    role: Annotated[Role, typer.Option(help="Which processes: the web, the sender, or all.")] = Role.all,
    demo: Annotated[bool, typer.Option("--demo", hidden=True)] = False,
) -> None:
    """Serve: take messages, send messages, keep the hours."""
    from bot import settings
    from bot.terminal import serving

    given = {"host": host, "port": None if port is None else str(port)}
    found = settings.load({name: value for name, value in given.items() if value is not None})
    raise typer.Exit(serving.serve(found, role, demo=demo))


@app.command()
def migrate() -> None:
    """Make the database, or bring it to the schema of this program."""
    from bot import settings
    from storage import migrate as migrations

    found = settings.load()
    url = found.database_url
    before = migrations.current(url)
    migrations.upgrade(url, secrets=found.secret)
    after = migrations.current(url)
    typer.echo(f"Schema {after}: nothing to do." if before == after else f"Schema {before or '(none)'} -> {after}.")


@app.command()
def check(
    send_to: Annotated[
        str, typer.Option("--send-to", metavar="CHANNEL:ADDRESS", help="Send a test message: telegram:123456.")
    ] = "",
) -> None:
    """Show the settings, what was found and what is wrong; ask each provider how it stands."""
    from bot.terminal import checkup, opening, show, trying

    if send_to:
        return trying.send(show.console(), send_to)
    faults = checkup.check(show.console())
    for fault in faults:
        opening.complain(f"Fault: {fault}")
    if faults:
        raise typer.Exit(1)
    typer.echo("No faults.")


@app.command()
def rekey() -> None:
    """Seal everything with the first key of CONVOCA_SECRET_KEY; the others may go once nothing needs them."""
    from bot.terminal.opening import database
    from storage import keys

    with database() as store:
        typer.echo(f"{keys.rekey(store)} values are sealed anew.")
        for use in keys.report(store):
            if not use.current and use.held:
                left = ", ".join(sorted(use.needed_by)) or "nothing: it can go"
                typer.echo(f"Key {use.id} is needed by {left}.")


# --- the plan -----------------------------------------------------------------------------------------------------


@app.command()
def load(
    plan: Annotated[Path, typer.Argument(metavar="FILE", help="A plan in TOML, like examples/panama.toml.")],
) -> None:
    """Load a plan: labs, sessions, problems, contests. Again is harmless; a fault changes nothing."""
    from bot import planfile, settings
    from bot.actions import load as loading
    from bot.app import App
    from bot.terminal import opening, show

    found = settings.load()
    parsed = planfile.read(plan)
    with opening.database(found) as store:
        parts = App.on(store).parts
        by = opening.operator()
        done = store.do(lambda unit: loading.load(unit, parsed, parts, timezone=found.timezone, by=by))
    show.report(show.console(), done)


@app.command()
def status(json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False) -> None:
    """Show how the plan stands: labs, sessions, choices, what was told, what is late, what comes next."""
    from bot.actions import status as reading
    from bot.terminal import opening, show

    with opening.database() as store:
        found = store.read(reading.read)
    if json:
        typer.echo(found.to_json())
    else:
        show.status(show.console(), found)


@app.command()
def announce(
    session: Code,
    to: Annotated[To, typer.Option(help="Who gave permission, who came to the first lab, or both, nobody twice.")] = (
        To.community
    ),
    at: Annotated[str, typer.Option(help='Not before: "viernes 20 nov 5 pm", "2026-11-20 17:00".')] = "",
    yes: Yes = False,
) -> None:
    """Invite the people of the community who gave permission to a session, or those who came before."""
    from bot.terminal import acting, opening

    with opening.database() as store:
        acting.announce(store, session, to, at, yes=yes)


@app.command()
def suspend(
    session: Code,
    because: Annotated[str, typer.Option(help="The reason, in a word or two: people read it.")],
    in_: cli_told.In = None,
    yes: Yes = False,
) -> None:
    """Call off a session: who was coming or invited is told once, and nothing more is sent about it."""
    from bot.terminal import acting, opening

    with opening.database() as store:
        acting.suspend(store, session, because, in_, yes=yes)


@app.command("import-people")
def import_people(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The list, .xlsx or CSV, with a column of numbers.")],
    lab: Annotated[str, typer.Option(help="The lab whose people they are: san-martin.")],
    source: Annotated[str, typer.Option(help="Where the numbers are from, as people read it: la lista del ...")],
    column: Annotated[str, typer.Option(help="The column of the numbers, by its header, where none is sure.")] = "",
    refused: Annotated[Path | None, typer.Option(help="A CSV file for every refused row: its number, why.")] = None,
    yes: Yes = False,
) -> None:
    """Ask the people of an earlier lab's list, once, whether they may be written to. Names are not read."""
    from bot import settings
    from bot.terminal import importing, opening

    found = settings.load()
    with opening.database(found) as store:
        wanted = importing.Wanted(file, lab, source, found.sms_by_country, column, refused)
        importing.import_people(store, wanted, yes=yes)


@contest_app.command("open")
def contest_open(slug: Slug, yes: Yes = False) -> None:
    """Freeze a contest and ask the people of its lab."""
    from bot.terminal import acting, opening

    with opening.database() as store:
        acting.open_contest(store, slug, yes=yes)


@contest_app.command("close")
def contest_close(
    slug: Slug,
    seed: Annotated[str | None, typer.Option(help="What broke a tie after the close: 48213, a drand round.")] = None,
    yes: Yes = False,
) -> None:
    """Close a contest at this moment and count."""
    from bot.terminal import acting, opening

    with opening.database() as store:
        acting.close_contest(store, slug, seed, yes=yes)


@contest_app.command("withdraw")
def contest_withdraw(
    slug: Slug,
    option: Annotated[str, typer.Argument(metavar="OPTION", help="The option: its number, or its problem: basura.")],
    because: Annotated[str, typer.Option(help="The reason, in a few words: those who chose it read it.")],
    in_: cli_told.In = None,
    yes: Yes = False,
) -> None:
    """Take an option off an open choice: those who chose it are told and asked again, no choice is moved."""
    from bot.terminal import acting, opening

    with opening.database() as store:
        acting.withdraw_option(store, slug, option, because, in_, yes=yes)


@app.command()
def decide(
    problem: Annotated[str, typer.Argument(metavar="PROBLEM", help="The problem: agua, or san-martin/agua.")],
    because: Annotated[str, typer.Option(help="The reason, in plain words: those who chose read it.")],
    outcome: Annotated[
        str | None,
        typer.Option(
            help="adopted, partly, already_done, not_now, other_office or not_adopted. Default: by the result."
        ),
    ] = None,
    next_step: Annotated[str, typer.Option("--next-step", help="What comes next, with its date.")] = "",
    minute: Annotated[str, typer.Option(help="Of a tie that the assembly decided: who, when, what was written.")] = "",
    in_: cli_told.In = None,
    yes: Yes = False,
) -> None:
    """Say what becomes of a problem and why. After the last one everybody who chose or came is told."""
    from bot.terminal import acting, opening

    with opening.database() as store:
        acting.decide(store, problem, because, outcome, next_step, in_, minute, yes=yes)


@app.command()
def promise(
    problem: Annotated[str, typer.Argument(metavar="PROBLEM", help="A decided problem: agua, or san-martin/agua.")],
    by: Annotated[str, typer.Option(metavar="ENTITY", help="The organisation that answers for it, by its slug.")],
    text: Annotated[str, typer.Option(help="What it promised, as it said it: repara el tanque.")],
    due: Due = "",
    in_: cli_told.In = None,
    yes: Yes = False,
) -> None:
    """Write down what an office promised about a problem; everybody concerned is told."""
    from bot.terminal import opening, telling

    with opening.database() as store:
        telling.promise(store, problem, by, text, due, in_, yes=yes)


@app.command()
def update(
    name: About,
    status: Annotated[str, typer.Option(help="in_progress, done_office, not_done, new_date, news, visit or unknown.")],
    because: Annotated[str, typer.Option(help="The reason, or the news: people read it.")] = "",
    due: Due = "",
    in_: cli_told.In = None,
    yes: Yes = False,
) -> None:
    """Say what happened to a commitment; everybody concerned is told, once."""
    from bot.terminal import opening, telling

    with opening.database() as store:
        telling.update(store, name, status, because, due, in_, yes=yes)


@app.command()
def export(
    contest: Annotated[str, typer.Argument(metavar="CONTEST", help="The contest: sm.")],
    out: Annotated[Path, typer.Option(metavar="FILE", help="The zip to write: sm.zip.")],
) -> None:
    """Write a closed choice as a file that anybody can count again. Nobody's choice can be read from it."""
    from bot.terminal import counting, opening

    with opening.database() as store:
        counting.export(store, contest, out)


@app.command()
def recount(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="What `convoca export` wrote: sm.zip.")],
    receipt: Annotated[str, typer.Option(metavar="CODE", help="Look for this receipt too: K7TQ-6XF2-4MRD.")] = "",
) -> None:
    """Count an exported choice again from its file alone, and say what differs."""
    from bot.terminal import counting

    raise typer.Exit(counting.recount(file, receipt))


@app.command()
def talk(
    channel: Annotated[Kind, typer.Option(help="Which kind of phone.")] = Kind.sms,
    plan: Annotated[Path, typer.Option(help="The plan to play on.")] = EXAMPLE,
    lang: Annotated[str, typer.Option(help="Language of the citizen: es, en.")] = "es",
) -> None:
    """Play a citizen in the terminal, on a scratch database. Nothing is sent, nothing stays."""
    from bot import settings
    from bot.terminal import talking

    with talking.scratch(settings.load(need_key=False), plan) as parts:
        known = parts.catalogues.listed()
        if lang not in known:
            raise typer.BadParameter(f"known languages: {', '.join(sorted(known))}", param_hint="--lang")
        talking.talk(parts, channel, lang)


cli_staff.join(app)
cli_ideas.join(app)
cli_keep.join(app)
cli_told.join(app)

# --- the way in ---------------------------------------------------------------------------------------------------


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command; the exit status: 0 done, 1 it could not be done, 2 it was not understood."""
    args = list(argv) if argv is not None else sys.argv[1:]
    if any("\ud800" <= letter <= "\udfff" for word in args for letter in word):
        sys.stderr.write("Error: these words are no UTF-8 text. Set the terminal to UTF-8 and write them again.\n")
        return 2
    try:
        app(args=args, prog_name="convoca")
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else 1
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:  # `convoca status | head`
        sys.stderr.close()
        return 1
    except Exception as trouble:
        from bot.terminal import opening

        if not opening.can_be_told(trouble):
            raise
        opening.complain(f"Error: {opening.told(trouble)}")
        return 1
    return 0
