"""`python -m bot.i18n_extract`: the texts of the code into locales/messages.pot and every catalogue.

Translations are kept, nothing is guessed (no fuzzy entries): a text that changed is a new text, and the old one stays
as an obsolete entry until --prune. English gets every text; `es` and `es@usted` only hold what differs from the msgid.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

import polib
from babel.messages.extract import extract_from_dir

from bot.i18n import BASE, LOCALES
from bot.words import WORDS

ROOT = LOCALES.parent
FOLDERS = ("bot", "conversations", "storage")
METHODS = [("**.py", "python"), ("**.html", "jinja2")]
KEYWORDS = {"_": None, "N_": None, "n_": (1, 2)}
HEADER = {
    "Project-Id-Version": "convoca",
    "MIME-Version": "1.0",
    "Content-Type": "text/plain; charset=UTF-8",
    "Content-Transfer-Encoding": "8bit",
}
WRAP = 110

Key = tuple[str | None, str]


def template(root: Path = ROOT) -> polib.POFile:
    """Every marked text of the code, with the files it stands in, and the words of command."""
    pot = _empty()
    by_id: dict[str, polib.POEntry] = {}
    for place, text in _marked(root):
        msgid, plural = (text, "") if isinstance(text, str) else (text[0], text[1])
        entry = by_id.get(msgid)
        if entry is None:
            forms = {"msgid_plural": plural, "msgstr_plural": {0: "", 1: ""}} if plural else {}
            entry = by_id[msgid] = polib.POEntry(msgid=msgid, **forms)
            pot.append(entry)
        if (place, "") not in entry.occurrences:
            entry.occurrences.append((place, ""))
    for word in WORDS:
        if word.spoken:
            note = f"The word to teach for «{word.name}» first, then others, with commas. Never a carrier's word."
            pot.append(polib.POEntry(msgctxt="words", msgid=word.keyword, comment=note))
    return pot


def _marked(root: Path) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for folder in FOLDERS:
        if (root / folder).is_dir():
            found = extract_from_dir(root / folder, method_map=METHODS, keywords=KEYWORDS)
            for name, _line, text, _comments, _context in sorted(found, key=lambda row: (row[0], row[1])):
                yield f"{folder}/{name}", text


def _empty() -> polib.POFile:
    pot = polib.POFile(wrapwidth=WRAP)
    pot.metadata = dict(HEADER)
    return pot


def merged(tag: str, old: polib.POFile, pot: polib.POFile) -> polib.POFile:
    """A catalogue brought up to the template: translations kept, order and places of the template."""
    kept: dict[Key, polib.POEntry] = {(entry.msgctxt, entry.msgid): entry for entry in old}
    new = _empty()
    new.metadata = {**HEADER, **old.metadata}
    contexts = sorted({entry.msgctxt for entry in old if entry.msgctxt not in (None, "words")})
    sparse = tag.split("@")[0] == BASE
    for source in pot:
        for context in (source.msgctxt, *(contexts if source.msgctxt is None else ())):
            entry = kept.pop((context, source.msgid), None)
            if entry is None and (sparse or context != source.msgctxt):
                continue
            new.append(_entry(source, context, entry))
    for entry in kept.values():
        if entry.translated() or entry.obsolete:
            entry.obsolete, entry.occurrences = True, []
            new.append(entry)
    return new


def _entry(source: polib.POEntry, context: str | None, kept: polib.POEntry | None) -> polib.POEntry:
    entry = polib.POEntry(
        msgctxt=context,
        msgid=source.msgid,
        msgid_plural=source.msgid_plural,
        msgstr=kept.msgstr if kept else "",
        msgstr_plural=dict(kept.msgstr_plural if kept and kept.msgstr_plural else source.msgstr_plural),
        occurrences=source.occurrences,
        comment="MAX 160 GSM-7" if context == "sms" else source.comment,
        tcomment=kept.tcomment if kept else "",
    )
    return entry


def update(root: Path, *, prune: bool = False) -> list[str]:
    """Writes the template and each catalogue; says which files changed."""
    locales, changed = root / "locales", list[str]()
    pot = template(root)
    files = {locales / "messages.pot": pot}
    for path in sorted(locales.glob("*/messages.po")):
        catalogue = merged(path.parent.name, polib.pofile(str(path), wrapwidth=WRAP), pot)
        if prune:
            catalogue[:] = [entry for entry in catalogue if not entry.obsolete]
        files[path] = catalogue
    for path, catalogue in files.items():
        text = str(catalogue).rstrip("\n") + "\n"
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
            changed.append(str(path.relative_to(root)))
    return changed


def untranslated(root: Path) -> list[str]:
    """Texts that a translated catalogue lacks: 'en: ¿Vas?'."""
    missing = []
    for path in sorted((root / "locales").glob("*/messages.po")):
        if path.parent.name.split("@")[0] != BASE:
            rows = polib.pofile(str(path)).untranslated_entries()
            missing += [f"{path.parent.name}: {entry.msgid}" for entry in rows]
    return missing


def main(argv: Sequence[str] | None = None) -> None:
    """Updates the catalogues and prints what is left to translate."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else "")
    parser.add_argument("--prune", action="store_true", help="drop the obsolete entries")
    args = parser.parse_args(argv)
    for path in update(ROOT, prune=args.prune):
        print(f"written: {path}")
    print("\n".join(untranslated(ROOT)) or "nothing left to translate")


if __name__ == "__main__":
    main()
