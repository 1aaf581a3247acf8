"""Commands about a story: who is shown is asked, it is told once, its picture can be taken down. See bot/cli.py."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

In = Annotated[
    list[str] | None,
    typer.Option("--in", metavar="LANG.OPTION=TEXT", help="The same in another language of the lab: en.text=..."),
]
About = Annotated[str, typer.Argument(metavar="PROBLEM|NUMBER", help="A problem, or the number of a commitment.")]


def story(
    name: About,
    before: Annotated[str, typer.Option(help="How it was.")],
    after: Annotated[str, typer.Option(help="How it is now: it stands in the message.")],
    text: Annotated[str, typer.Option(help="Who did what.")] = "",
    picture: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A photo: JPG, PNG or WebP. It is kept small and bare.")
    ] = None,
    alt: Annotated[str, typer.Option(help="What the picture shows, for who can not see it.")] = "",
    consent: Annotated[str, typer.Option(help="Permission of those shown, and where it is kept.")] = "",
    video: Annotated[str, typer.Option(help="The link of a video.")] = "",
    in_: In = None,
    yes: Annotated[bool, typer.Option("--yes", help="Answer the questions with yes.")] = False,
) -> None:
    """Tell a story of what was reached: first to those who took part, a day later to the community."""
    from bot.terminal import opening, telling

    told = {"before": before, "after": after, "text": text, "alt": alt, "consent": consent, "video": video}
    with opening.database() as store:
        telling.story(store, name, told, picture, in_, yes=yes)


def picture_down(name: About) -> None:
    """Take picture and video of a story away: somebody shown has taken the permission back."""
    from bot.terminal import opening, telling

    with opening.database() as store:
        telling.picture_down(store, name)


Codes = Annotated[list[str] | None, typer.Argument(metavar="CODE", help="Codes of their places: 7KTQ 8MXH.")]


def shown(
    name: About,
    codes: Codes = None,
    yes: Annotated[bool, typer.Option("--yes", help="Answer the questions with yes.")] = False,
) -> None:
    """Name who is shown in a story and ask each of them once, by chat; without codes, say how they stand."""
    from bot.terminal import opening, showing

    with opening.database() as store:
        showing.shown(store, name, codes or [], yes=yes)


def not_shown(name: About, codes: Codes = None) -> None:
    """Take somebody off who is not shown in the story, after all."""
    from bot.terminal import opening, showing

    with opening.database() as store:
        showing.not_shown(store, name, codes or [])


def join(app: typer.Typer) -> None:
    """Make these commands part of `convoca`."""
    app.command()(story)
    app.command()(shown)
    app.command("not-shown")(not_shown)
    app.command("picture-down")(picture_down)
