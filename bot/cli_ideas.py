"""Commands about ideas: what waits, and what becomes of each. Joined to `convoca` by bot/cli.py."""

from __future__ import annotations

from typing import Annotated

import typer

from bot import cli_told

idea_app = typer.Typer(
    help="Answer an idea: its author is told each change.", no_args_is_help=True, rich_markup_mode=None
)

Number = Annotated[int, typer.Argument(metavar="NUMBER", min=1, help="The number people know it by: 27.")]
Because = Annotated[str, typer.Option(help="The reason in one sentence, without names: its author reads it.")]


def ideas(lab: Annotated[str, typer.Option(help="Only this lab: san-martin.")] = "") -> None:
    """List the ideas that wait for something, the oldest first."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.listed(store, lab)


@idea_app.command("show")
def idea_show(number: Number) -> None:
    """Show an idea and how it stands. Its author's name is never shown."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.show_one(store, number)


@idea_app.command("join")
def idea_join(
    number: Number, problem: Annotated[str, typer.Argument(metavar="PROBLEM", help="Slug of the option: camino.")]
) -> None:
    """Join it with the ideas of an option. Its words and its author stay."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.do(store, "join", number, problem)


@idea_app.command("own")
def idea_own(
    number: Number,
    title: Annotated[str, typer.Option(help="What the option is called: 30 letters at the most.")],
    short: Annotated[str, typer.Option(help="The same for an SMS: 10 letters. Without it, a word of the title.")] = "",
) -> None:
    """Make it an option of its own."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.do(store, "own", number, title, short)


@idea_app.command("office")
def idea_office(
    number: Number,
    to: Annotated[str, typer.Option(help="The office as a sentence says it: 'el municipio, oficina de obras'.")],
    reference: Annotated[str, typer.Option(help="The number it has there.")] = "",
    again: Annotated[str, typer.Option(help="When we ask again: 'jueves 10 dic'.")] = "",
) -> None:
    """It belongs to another office."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.office(store, number, to, reference, again)


@idea_app.command("out")
def idea_out(number: Number, because: Because, in_: cli_told.In = None) -> None:
    """It does not enter."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.with_reason(store, "out", number, because, given=in_)


@idea_app.command("done")
def idea_done(
    number: Number,
    because: Because,
    promise: Annotated[str, typer.Option(help="Problem of the commitment: its author is asked if it was kept.")] = "",
    in_: cli_told.In = None,
) -> None:
    """It was done already: who did it, and when."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.with_reason(store, "done", number, because, promise, given=in_)


@idea_app.command("keep")
def idea_keep(number: Number, because: Because, in_: cli_told.In = None) -> None:
    """Its author does not agree, you have read it as a second person, and it stays as it is."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.with_reason(store, "keep", number, because, given=in_)


@idea_app.command("undo")
def idea_undo(number: Number) -> None:
    """Take it apart from the others again."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.do(store, "undo", number)


@idea_app.command("hide")
def idea_hide(
    number: Number, text: Annotated[str, typer.Option(help="Its words without the names of others.")]
) -> None:
    """Hide the names of others: so it is shown. Its own words are kept."""
    from bot.terminal import ideas as acts
    from bot.terminal import opening

    with opening.database() as store:
        acts.do(store, "hide", number, text)


def join(app: typer.Typer) -> None:
    """Make these commands part of `convoca`."""
    app.command()(ideas)
    app.add_typer(idea_app, name="idea")
