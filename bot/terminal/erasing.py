"""`convoca erase`: what BORRAR does, for somebody who asked a person of the team."""

from __future__ import annotations

import typer
from rich.console import Console

from bot.actions import erase as acts
from bot.actions.erase import Found
from bot.errors import Refused
from bot.terminal import show
from bot.terminal.asking import NotDone
from bot.terminal.opening import operator
from storage import joining, people
from storage.store import Store


def erase(store: Store, to: str, person: str, *, keep_ideas: bool, yes: bool) -> None:
    """Show how many they are, ask for that number, erase, show the code of the proof.

    to      'sms:+507...'; person  token of one of them, '' = all
    """
    out, by = show.console(), operator()
    found = store.do(lambda unit: acts.find(unit, to))
    chosen = _chosen(found, person)
    _shown(out, found, chosen)
    if store.read(lambda unit: joining.lately(unit, found.address_id, chosen)):
        out.print("It was joined with another phone less than 7 days ago. They are parted; what is of this one goes.")
    _sure(len(chosen), yes=yes)
    silent = [] if keep_ideas else chosen
    code = store.do(lambda unit: acts.for_somebody(unit, acts.find(unit, to), chosen, silent, by=by))
    until = store.read(lambda unit: unit.now) + people.BACKUPS_LAST
    out.print(f"Erased. The proof's code, for whoever asked: {code}")
    out.print(f"It leaves the backups before {until:%Y-%m-%d}. What is counted stays counted, without anybody.")


def _sure(people_: int, *, yes: bool) -> None:
    typed = str(people_) if yes else typer.prompt("Type the number of people to erase").strip()
    if typed != str(people_):
        typer.echo(f"You typed {typed[:20]}; it is {people_}.", err=True)
        raise NotDone


def _chosen(found: Found, person: str) -> list[int]:
    token = person.strip().upper()
    chosen = [one.id for one in found.people if token in ("", one.token)]
    if token and not chosen:
        raise Refused(f"Nobody on that address has the token {token[:20]}. Nothing was done.")
    return chosen


def _shown(out: Console, found: Found, chosen: list[int]) -> None:
    """Tokens, never names: who stands at this screen need not know them."""
    if not found.people:
        out.print("Nobody has given permission there: only the address and what was written from it go.")
        return
    noun = "person uses" if len(found.people) == 1 else "people use"
    out.print(f"{len(found.people)} {noun} it: {', '.join(one.token for one in found.people)}")
    if len(chosen) < len(found.people):
        out.print(f"To be erased: {len(chosen)}. The address stays for the others.")
