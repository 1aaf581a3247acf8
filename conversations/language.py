"""IDIOMA, TU and USTED: how this person is written to from now on."""

from __future__ import annotations

from dataclasses import replace

from bot.i18n import _
from bot.kinds import Choice, YesNo
from bot.talk import Talk, conversation
from storage import people


@conversation(command="language", passing=True)
def language(talk: Talk) -> None:
    """Choose among the languages that have texts, or name one: 'english'."""
    listed = talk.scene.catalogues.listed()
    word = str(talk.args.get("word", ""))  # 'en' when a language was named: "english", "in English please"
    named = word if word in talk.scene.catalogues.languages else talk.scene.catalogues.named(word)
    if named and named not in listed:
        return _help_to_record(talk, talk.scene.catalogues.languages[named].name_es)
    tag = named or talk.ask("language", _("¿En qué idioma prefieres?"), Choice(listed))
    talk.once("set", lambda: _speak(talk, lang=tag))
    talk.voice = replace(talk.voice, lang=tag)
    return talk.say(_("Listo. Desde ahora te escribo en español."))


def _help_to_record(talk: Talk, name: str) -> None:
    """No machine translates: who speaks it may help, and a person of the team writes to her."""
    helps = talk.ask(
        "helps",
        _("¿Quieres ayudar a grabarlo?"),
        YesNo(),
        before=talk.text(_("Todavía no tengo ese mensaje en {language}. Te escribo en español."), language=name),
    )
    if not helps:
        return talk.say(_("Está bien. Te escribo en español."))
    talk.once("offered", lambda: people.hand_over(talk.db, talk.address_id, talk.person_id, "record"))
    return talk.say(_("Gracias. Te escribe una persona del equipo, hoy o mañana."))


def _speak(talk: Talk, **values: str) -> bool:
    people.set_address(talk.db, talk.address_id, **values)
    for person in people.people_of(talk.db, talk.address_id):
        if talk.person_id in (None, person.id):
            people.set_person(talk.db, person.id, **values)
    return True


@conversation(command="tu")
def tu(talk: Talk) -> None:
    """TU: informal from now on."""
    talk.once("set", lambda: _speak(talk, form="tu"))
    talk.voice = replace(talk.voice, form="tu")
    return talk.say(_("Desde ahora te hablo de tú. Para cambiar, escribe USTED."))


@conversation(command="usted")
def usted(talk: Talk) -> None:
    """USTED: formal from now on."""
    talk.once("set", lambda: _speak(talk, form="usted"))
    talk.voice = replace(talk.voice, form="usted")
    return talk.say(_("Desde ahora le hablo de usted. Para cambiar, escriba TU."))
