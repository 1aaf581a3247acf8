"""`convoca broadcast correct`: it shows whom and in which words, asks twice where the first still goes out."""

from __future__ import annotations

import io

import pytest
from sqlalchemy import select, update

from bot import settings
from bot.app import App
from bot.cli import main
from bot.web.simulator import seed
from storage import tables as t
from storage.store import Store

SECRET = "a-secret-key-of-the-tests-long-enough-for-anybody"


def test_a_correction_by_command(
    bare_url: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CONVOCA_SECRET_KEY", SECRET)
    monkeypatch.setenv("CONVOCA_DATABASE_URL", bare_url)

    def say(*words: str, typed: str = "") -> str:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        main(words)
        out, err = capsys.readouterr()
        return out + err

    say("migrate")
    with Store(settings.load().database_url, SECRET) as store:
        seed(App.on(store))
        say("announce", "sm1", "--yes")
        one = select(t.recipient.c.id).where(t.recipient.c.state == "pending").limit(1)
        row = store.do(lambda unit: unit.db.execute(one).scalar_one())
        store.do(lambda unit: unit.db.execute(update(t.recipient).where(t.recipient.c.id == row).values(state="sent")))
        code = store.read(lambda unit: unit.db.execute(select(t.broadcast.c.code)).scalar_one())
    right = ("broadcast", "correct", code, "--text", "hay que llevar una silla")
    assert "It still goes out to 3 people." in say(*right, typed="n\n")
    shown = say(*right, typed="y\n4\n")
    assert "It goes to 1 person" in shown
    assert "Hay que llevar una silla" in shown
    assert f"convoca broadcast resume {code}" in shown
    assert "Nothing was done." in shown
    assert "1 person concerned: 1 pending." in say(*right, typed="1\n")
    assert "Those words were sent already." in say(*right, "--yes")
    assert "was corrected" in say("broadcast", "resume", code)
