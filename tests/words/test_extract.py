"""`make words`: texts of the code into the catalogues, translations kept, nothing guessed."""

from pathlib import Path

import polib
import pytest

from bot import i18n_extract
from bot.words import WORDS

HEAD = r"""
msgid ""
msgstr ""
"Content-Type: text/plain; charset=UTF-8\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\n"
"""
CODE = """
from bot.i18n import _, n_
say(_("Hola, {name}."))
say(_("Una línea"
      " y otra."))
seats = n_("{n} lugar", "{n} lugares")
say(not_marked("nada"))
"""
ENGLISH = """
msgid "Hola, {name}."
msgstr "Hello, {name}."

msgctxt "sms"
msgid "Hola, {name}."
msgstr "Hi {name}"

msgid "Texto de ayer."
msgstr "Yesterday's text."

msgid "Texto sin traducir de ayer."
msgstr ""

msgctxt "words"
msgid "SALIR"
msgstr "LEAVE"
"""
SPANISH = """
msgctxt "sms"
msgid "Una línea y otra."
msgstr "Dos lineas."
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A project of one module, with an English and a Spanish catalogue."""
    (tmp_path / "bot").mkdir()
    (tmp_path / "bot" / "a.py").write_text(CODE, encoding="utf-8")
    (tmp_path / "conversations").mkdir()
    (tmp_path / "conversations" / "b.py").write_text('x = _("Hola, {name}.")\n', encoding="utf-8")
    for tag, text in (("en", ENGLISH), ("es", SPANISH)):
        (tmp_path / "locales" / tag).mkdir(parents=True)
        (tmp_path / "locales" / tag / "messages.po").write_text(HEAD + text, encoding="utf-8")
    return tmp_path


def catalogue(project: Path, tag: str) -> dict[tuple[str | None, str], polib.POEntry]:
    found = polib.pofile(str(project / "locales" / tag / "messages.po"))
    return {(entry.msgctxt, entry.msgid): entry for entry in found if not entry.obsolete}


def test_every_marked_text_is_found_with_its_files(project: Path) -> None:
    pot = {entry.msgid: entry for entry in i18n_extract.template(project) if not entry.msgctxt}
    assert list(pot) == ["Hola, {name}.", "Una línea y otra.", "{n} lugar"]
    assert [place for place, _line in pot["Hola, {name}."].occurrences] == ["bot/a.py", "conversations/b.py"]
    assert pot["{n} lugar"].msgid_plural == "{n} lugares"


def test_translations_are_kept_and_what_is_new_waits_empty(project: Path) -> None:
    changed = i18n_extract.update(project)
    assert changed == ["locales/messages.pot", "locales/en/messages.po", "locales/es/messages.po"]
    english = catalogue(project, "en")
    assert english[None, "Hola, {name}."].msgstr == "Hello, {name}."
    assert english["sms", "Hola, {name}."].msgstr == "Hi {name}"
    assert english["words", "SALIR"].msgstr == "LEAVE"
    assert english[None, "Una línea y otra."].msgstr == ""
    assert not any(entry.fuzzy for entry in english.values())
    assert "en: Una línea y otra." in i18n_extract.untranslated(project)
    assert {msgid for context, msgid in english if context == "words"} == {w.keyword for w in WORDS if w.spoken}


def test_spanish_holds_only_what_differs(project: Path) -> None:
    i18n_extract.update(project)
    assert list(catalogue(project, "es")) == [("sms", "Una línea y otra.")]
    assert not [text for text in i18n_extract.untranslated(project) if text.startswith("es")]


def test_a_text_that_is_gone_stays_as_an_obsolete_entry_until_it_is_pruned(project: Path) -> None:
    i18n_extract.update(project)
    path = project / "locales" / "en" / "messages.po"
    assert '#~ msgstr "Yesterday\'s text."' in path.read_text(encoding="utf-8")
    assert "sin traducir de ayer" not in path.read_text(encoding="utf-8")
    (project / "bot" / "a.py").write_text(CODE + 'say(_("Texto de ayer."))\n', encoding="utf-8")
    i18n_extract.update(project)
    assert catalogue(project, "en")[None, "Texto de ayer."].msgstr == "Yesterday's text."
    (project / "bot" / "a.py").write_text(CODE, encoding="utf-8")
    i18n_extract.update(project, prune=True)
    assert "Yesterday" not in path.read_text(encoding="utf-8")


def test_a_second_run_changes_nothing(project: Path) -> None:
    i18n_extract.update(project)
    assert i18n_extract.update(project) == []


def test_the_command_says_what_is_left(
    project: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(i18n_extract, "ROOT", project)
    i18n_extract.main([])
    told = capsys.readouterr().out
    assert "written: locales/messages.pot" in told
    assert "en: Una línea y otra." in told
