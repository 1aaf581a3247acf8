"""The documents: every link leads somewhere, and the tables of the README name what there is."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer import Typer

from bot.cli import app
from bot.settings import Settings, variable

ROOT = Path(__file__).parents[1]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")])
README = (ROOT / "README.md").read_text(encoding="utf-8")


def links(page: Path) -> Iterator[str]:
    """Where a page points to within the house."""
    text = re.sub(r"```.*?```", "", page.read_text(encoding="utf-8"), flags=re.DOTALL)
    return (link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link)


def headings(page: Path) -> set[str]:
    """The anchors that its headings make."""
    found = re.findall(r"^#+ (.+)$", page.read_text(encoding="utf-8"), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in found}


def commands(app: Typer, name: str) -> Iterator[str]:
    """'convoca contest open' and the like."""
    for one in app.registered_commands:
        called = one.name or (one.callback.__name__ if one.callback else "")
        yield f"{name} {called}"
    for group in app.registered_groups:
        if group.typer_instance is not None:
            yield from commands(group.typer_instance, f"{name} {group.name}")


@pytest.mark.parametrize("page", PAGES, ids=lambda p: str(p.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in links(page):
        path, _hash, anchor = link.partition("#")
        target = (page.parent / path).resolve() if path else page
        assert target.exists(), link
        assert not anchor or anchor in headings(target), link


def test_the_readme_names_every_command() -> None:
    known = list(commands(app, "convoca"))
    assert "convoca contest open" in known
    assert [name for name in known if not re.search(rf"\| `{name}[ `]", README)] == []


def test_the_readme_names_every_setting_and_no_other() -> None:
    table = README.split("## Settings")[1].split("\n## ")[0]
    assert set(re.findall(r"\| `(CONVOCA_\w+)`", table)) == {variable(field) for field in Settings.model_fields}
