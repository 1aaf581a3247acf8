"""A visitor without script: sends forms, reads pages."""

from __future__ import annotations

import re
from collections.abc import Callable

from sqlalchemy import func, select
from starlette.testclient import TestClient

from bot.web.simulator import deciding
from storage.store import Store, Unit
from storage.tables import metadata

SAME = {"sec-fetch-site": "same-origin"}
DECIDED = {f"outcome.{slug}": outcome for slug, (outcome, _reason) in deciding.EXAMPLES.items()} | {
    f"reason.{slug}": reason for slug, (_outcome, reason) in deciding.EXAMPLES.items()
}
Send = Callable[[], int]


def post(browser: TestClient, path: str, **form: str) -> str:
    """Send a form as a browser without script does, and follow to the page that answers."""
    answer = browser.post(path, data=form, headers=SAME)
    assert answer.status_code == 303, answer.text[:300]
    return browser.get(answer.headers["location"]).text


def say(browser: TestClient, channel: str, text: str, *, who: str = "", **form: str) -> str:
    """Write on a phone."""
    query = f"?{channel}={who}" if who else ""
    return post(browser, f"/simulador/{channel}{query}", text=text, **form)


def screen(page: str, channel: str) -> str:
    """The words on one phone."""
    return words(page.split(f'id="screen-{channel}"')[1].split('class="say"')[0])


def words(page: str) -> str:
    """A page as it reads."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page))


def ticked(page: str) -> list[str]:
    """What the guide has ticked."""
    return re.findall(r'<li id="step-(\w+)" class="done', page)


def leap(browser: TestClient, step: str) -> str:
    """Put the clock forward by the button of a step; the page."""
    found = re.search(rf'id="jump-{step}".*?name="to" value="(\w+)"', browser.get("/simulador").text, re.DOTALL)
    assert found, f"the step {step} has no button for the clock"
    return post(browser, "/simulador/reloj", to=found[1])


def neighbours(browser: TestClient, turn: str) -> str:
    """Let the neighbours do what the guide offers; the page."""
    assert f'id="offer-{turn}"' in browser.get("/simulador").text, f"the guide does not offer to {turn}"
    return post(browser, f"/simulador/vecinos/{turn}")


def everything(store: Store) -> dict[str, list[tuple[object, ...]]]:
    """Every row of every table."""

    def rows(unit: Unit) -> dict[str, list[tuple[object, ...]]]:
        return {t.name: [tuple(r) for r in unit.db.execute(select(t))] for t in metadata.sorted_tables}

    return store.read(rows)


def count(store: Store, table: str) -> int:
    return store.read(
        lambda unit: unit.db.execute(select(func.count()).select_from(metadata.tables[table])).scalar_one()
    )


def confirm(browser: TestClient, act: str, **form: str) -> str:
    """Do an act with the number that its form asks for."""
    page = browser.get("/simulador").text
    wanted = re.search(rf'for="count-{act}">Escribe (\d+) para confirmar', page)
    assert wanted, f"the act {act} is not next"
    return post(browser, f"/simulador/acto/{act}", count=wanted[1], **form)
