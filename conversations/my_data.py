"""Rights by one word: DATOS, PRIVACIDAD, CORREGIR, COPIA, BORRAR with its receipt (people.md 4, conversations.md 3)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from bot.actions import erase as erasing
from bot.errors import Invalid
from bot.i18n import Label, When, _
from bot.kinds import NO_WORDS, Choice, sign
from bot.spoken import said
from bot.talk import Talk, conversation
from bot.words import More, command, plain
from conversations import correcting
from conversations.household import speaker
from conversations.my_list import AGES, listed, meeting, phones
from conversations.own_choice import choosing, own_code
from conversations.places import the_lab
from conversations.staff import team
from storage import (
    codes,
    copies,
    joining,
    leaving,
    lists,
    my_data,
    my_places,
    own_codes,
    own_ideas,
    people,
    site,
    talks,
)
from storage.copies import A_DAY


@dataclass(frozen=True)
class TheWord:
    """Only the word BORRAR, alone, confirms an erasure; in any language that has a word for it (`more`)."""

    more: More = field(default_factory=dict)

    def options(self) -> list[tuple[str, str]]:
        """No list to choose from."""
        return []

    def parse(self, reply: str, shown: object) -> bool:
        """True, or False for a no. Raises Invalid: anything else, also BORRAR with more words."""
        if sign(reply) == "no" or plain(reply) in NO_WORDS:
            return False
        said = command(reply, self.more)
        if said is None or said.name != "erase" or len(reply.split()) > 1:
            raise Invalid("")
        return True

    def holds(self, value: Any) -> bool:
        """Whether a kept answer is still one."""
        return isinstance(value, bool)


@conversation(command="data", passing=True, offers=("wish",))
def data(talk: Talk) -> None:
    """DATOS: everything we hold about the person who asks, and what she may do with it."""
    person_id = speaker(talk)
    if person_id is None:
        return _nobody(talk)
    # Of another shape than "held", which a question still has that an older version asked.
    held = talk.look("held.2", lambda: _held(talk, person_id))
    talk.out += _lines(talk, held) if talk.voice.short else [listed(talk, held, the_lab(talk))]
    wish = talk.ask(
        "wish",
        _("¿Qué quieres?"),
        Choice(
            {
                "correct": _("Corregir"),
                "copy": _("Recibir copia"),
                "erase": _("Borrar todo"),
                "leave": _("No recibir más"),
            }
        ),
    )
    return talk.go(wish)


def _held(talk: Talk, person_id: int) -> dict[str, Any]:
    """What is held, for whoever holds the phone: where several use it, it says neither the code of one nor her other
    phones."""
    held = my_data.summary(talk.db, person_id)
    if not my_places.shared(talk.db, talk.address_id):
        return held
    places = [place | {"code": codes.hint(place["code"] or "")} for place in held["places"]]
    return held | {"places": places, "channels": []}


def _nobody(talk: Talk) -> None:
    """No permission yet; a number of a list hears where it is from, who is of the team what is kept of her."""
    if team.held(talk):
        return None
    source = talk.look("source", lambda: lists.source_of(talk.db, talk.address_id))
    if source is None:
        return talk.say(_("No tengo datos tuyos."))
    return talk.say(_("Solo tengo tu número. Está en {source}. Para borrarlo, escribe BORRAR."), source=source)


def _lines(talk: Talk, held: dict[str, Any]) -> list[str]:
    lab = the_lab(talk)
    age = Label(AGES.get(held["age_band"], ""))
    asked = When(datetime.fromisoformat(held["since"]), lab.tz, "day")
    known = _("Tengo de ti: nombre {name}, edad {age}, permiso del {when}.")
    lines = [talk.text(known, name=held["name"], age=age, when=asked)]
    if held.get("left"):
        gone = When(datetime.fromisoformat(held["left"]), lab.tz, "day")
        lines.append(talk.text(_("Permiso retirado el {day}."), day=gone))
    elif held.get("news"):
        lines.append(talk.text(_("Recibes noticias de otros laboratorios.")))
    if several := phones(held):
        lines.append(talk.text(_("Tus teléfonos: {channels}."), channels=several))
    lines += [meeting(talk, place) for place in held["places"]]
    if held["choices"]:
        lines.append(talk.text(_("Elecciones: {count}."), count=held["choices"]))
    if held.get("ideas"):
        lines.append(talk.text(_("Ideas: {count}."), count=held["ideas"]))
    if held.get("topics"):  # how many: which they are would be read by all on a shared phone; COPIA says it
        lines.append(talk.text(_("Temas que sigues: {count}."), count=held["topics"]))
    return lines


@conversation(command="correct")
def correct(talk: Talk) -> None:
    """CORREGIR: name, community, age or language, at once."""
    person_id = speaker(talk)
    if person_id is None:
        return talk.say(_("No tengo datos tuyos."))
    what = talk.ask(
        "what",
        _("¿Qué quieres corregir?"),
        Choice({"name": _("Nombre"), "community": _("Comunidad"), "age": _("Edad"), "language": _("Idioma")}),
    )
    if what == "language":
        return talk.go("language")
    if what == "name":
        return correcting.name(talk, person_id)
    return correcting.community(talk, person_id) if what == "community" else correcting.age(talk, person_id)


@conversation(command="copy", unseen=True)
def copy(talk: Talk) -> None:
    """COPIA: a link to all we hold of her, for 72 hours. Without a site to show it, a person of the team sends it.

    On a shared phone others read the link too, so it takes the personal code; who has none is sent it by the team.
    """
    person_id = speaker(talk)
    if person_id is None:
        return _nobody(talk)
    place = talk.look("site", lambda: site.for_personal_data(talk.db))
    several = talk.look("several", lambda: len(people.people_of(talk.db, talk.address_id)) > 1)
    if not place or (several and talk.look("no code", lambda: own_codes.knows(talk.db, person_id, "") is None)):
        talk.once("asked", lambda: people.hand_over(talk.db, talk.address_id, person_id, "copy"))
        return talk.say(_("Anotado. Te mandamos la copia de tus datos en 5 días hábiles o antes."))
    if several and not own_code(talk, person_id, _("Para mandarte la copia, escribe tu código.")):
        return None
    return _send_copy(talk, person_id, place)


def _send_copy(talk: Talk, person_id: int, place: str) -> None:
    lab = the_lab(talk)
    made = talk.once("made", lambda: _link(talk, person_id, place))
    if made is None:
        return talk.say(_("Ya te mandé {count} enlaces hoy. Sirve el último. Mañana puedes pedir otro."), count=A_DAY)
    until = When(datetime.fromisoformat(made["until"]), lab.tz)
    return talk.say(_("Aquí está tu copia. El enlace sirve hasta el {until}: {link}"), until=until, link=made["link"])


def _link(talk: Talk, person_id: int, place: str) -> dict[str, str] | None:
    made = copies.make(talk.db, person_id)
    return {"link": f"{place}/copia/{made.token}", "until": made.until.isoformat()} if made else None


@conversation(command="privacy")
def privacy(talk: Talk) -> None:
    """PRIVACIDAD: the notice, at hand in every state; while one chooses, who can see a choice."""
    if talk.look("choosing", lambda: choosing(talk)):
        return talk.go("who_sees")
    lab = the_lab(talk)
    talk.say(
        _(
            "Responsable: {organiser}. Uso: invitarte y contarte resultados. Se guarda 12 meses después del último"
            " seguimiento. No se da a nadie más. El mensaje pasa por {processor}. Es voluntario. Ver: DATOS."
            " Cambiar: CORREGIR. Eliminar: BORRAR. Oficina: {phone}."
        ),
        organiser=said(lab, "organiser"),
        processor=Label(PROCESSORS[talk.channel]),
        phone=lab.phone,
    )


# Which of the two carries an SMS may change from one message to the next: a line of Twilio's, or a SIM of the team.
PROCESSORS = {
    "sms": _("Twilio (EE.UU.) o un celular del equipo"),
    "whatsapp": _("Twilio y Meta (EE.UU.)"),
    "telegram": "Telegram",
}


@conversation(command="erase", unseen=True)
def erase(talk: Talk) -> None:
    """BORRAR: says what goes, asks for the word once more, erases, gives a receipt."""
    everybody = talk.look("people", lambda: [p.id for p in people.people_of(talk.db, talk.address_id)])
    if not everybody and team.held(talk):
        return None
    if not everybody:
        talk.once("nothing", lambda: people.close_talks(talk.db, talk.address_id, talk.scene.talk_id))
        return talk.forget(_("No guardamos datos tuyos. Lo que escribiste se borra ahora."))
    chosen = everybody if len(everybody) == 1 else _whose(talk, everybody)
    if chosen is None:
        return None
    silent = [] if _ideas_stay(talk, chosen) else chosen
    lately = talk.look("lately", lambda: joining.lately(talk.db, talk.address_id, chosen))
    talk.say(_goes_here(everybody) if lately else _what_goes(talk, everybody, len(everybody) - len(chosen)))
    talk.say(_("De tu permiso queda 3 años una clave, sin tu nombre."))
    if not talk.ask(
        "sure",
        _("Para confirmar, escribe BORRAR."),
        TheWord(talk.scene.catalogues.words),
        other=_("Para confirmar, escribe solo BORRAR."),
    ):
        return talk.say(_("Está bien. No borré nada."))
    if talk.once("still", lambda: joining.lately(talk.db, talk.address_id, chosen)) != lately:
        return talk.go("erase")  # in between that week was over, or began: what goes is not what she has read
    lab = the_lab(talk)  # hers: afterwards nothing leads to it
    proof = talk.once("erased", lambda: _erase(talk, chosen, silent))
    talk.person_id = None
    return talk.say(
        _(
            "Hecho. Tus datos se borraron el {when}. Tu comprobante es {code}. De las copias de seguridad salen antes"
            " del {until}. Si vuelves, escribe {keyword}."
        ),
        when=When(datetime.fromisoformat(proof["at"]), lab.tz),
        until=When(datetime.fromisoformat(proof["until"]), lab.tz, "day"),
        code=proof["code"],
        keyword=_way_back(talk, lab.keyword),
    )


def _way_back(talk: Talk, keyword: str) -> str | Label:
    """The word that begins again here: who had left is heard only with ALTA."""
    if talk.look("left", lambda: leaving.has_left(talk.db, talk.address_id)):
        return Label(_("ALTA"))
    return "/start" if talk.channel == "telegram" else keyword


UNKNOWN = _(
    "No conozco ese nombre en este teléfono. No borré nada. Para probar otra vez, escribe BORRAR. Para hablar: PERSONA."
)


_WHOSE = {"mine": ("mios", "mio", "lo mio", "yo", "me", "my data"), "all": ("todos", "todo", "de todos", "everybody")}


_STAYS_NUMBER = _(
    "Voy a borrar tu nombre y tu lugar. El número queda para las otras personas."
    " Tu elección queda en el total, sin tu nombre."
)
_STAYS_USER = _(
    "Voy a borrar tu nombre y tu lugar. El usuario queda para las otras personas."
    " Tu elección queda en el total, sin tu nombre."
)


# Who joined her phone by a code could be anybody, and within a week she can still say so (`joining.who_goes`).
_PARTS = _(
    "Uniste este teléfono con otro hace menos de 7 días. Los separo y borro lo de este. Para borrar lo del otro,"
    " escribe BORRAR allá."
)
_HERE_ALONE = _("Voy a borrar lo de aquí, nada más. Tu elección queda en el total, sin tu nombre.")
_STAY_NONE = _("Voy a borrar tu nombre, tus teléfonos y tu lugar. Tu elección queda en el total, sin tu nombre.")


def _goes_here(everybody: list[int]) -> str:
    """Where others read along her other phones are not spoken of."""
    return _PARTS if len(everybody) == 1 else _HERE_ALONE


def _what_goes(talk: Talk, everybody: list[int], others: int) -> str:
    """others: people of this phone who stay, and with them the number."""
    alone = everybody[0] if len(everybody) == 1 else 0
    if talk.look("phones", lambda: len(joining.channels(talk.db, alone))) > 1:
        return _STAY_NONE
    if others:
        return _STAYS_USER if talk.channel == "telegram" else _STAYS_NUMBER
    if talk.channel == "telegram":
        return _("Voy a borrar tu nombre, tu usuario y tu lugar. Tu elección queda en el total, sin tu nombre.")
    return _("Voy a borrar tu nombre, tu número y tu lugar. Tu elección queda en el total, sin tu nombre.")


def _whose(talk: Talk, everybody: list[int]) -> list[int] | None:
    """Whose; on a shared phone a choice goes with its person only by her own code. None: it ends here, and was said."""
    everything = _("Todos los de este usuario") if talk.channel == "telegram" else _("Todos los de este número")
    kind = Choice({"mine": _("Los míos"), "all": everything}, _WHOSE)
    whose = talk.ask("whose", _("¿De quién son los datos que borro?"), kind)
    if whose == "all":
        return everybody
    mine = speaker(talk)
    if mine is None:
        talk.say(UNKNOWN)
        return None
    if not talk.look("held", lambda: my_data.summary(talk.db, mine))["choices"]:
        return [mine]
    if talk.look("no code", lambda: own_codes.knows(talk.db, mine, "") is None):
        return [mine]  # the right to be erased does not hang on a code that nobody was given
    return [mine] if own_code(talk, mine, _("Para borrar lo tuyo, escribe tu código.")) else None


def _ideas_stay(talk: Talk, person_ids: list[int]) -> bool:
    """What is on the public list may stay there without a name: that is asked (people.md 4.1, 15)."""
    count = talk.look("ideas", lambda: sum(own_ideas.published(talk.db, person_id) for person_id in person_ids))
    if not count:
        return False
    told = talk.text(_("En la lista pública hay ideas tuyas: {count}."), count=count)
    kind = Choice({"stay": _("Sí"), "go": _("No, bórralas")}, {"go": ("no", "borrar", "borralas", "erase")})
    return talk.ask("ideas", _("¿Quedan ahí, sin tu nombre?"), kind, before=told) == "stay"


def _erase(talk: Talk, person_ids: list[int], silent: list[int]) -> dict[str, str]:
    """silent: whose ideas nobody is to read any more."""
    here, mine, said = talk.address_id, talk.scene.talk_id, talks.message(talk.db, talk.provider)
    code = erasing.erase(talk.db, here, person_ids, channel=talk.channel, silent=silent, keep_talk=mine, said=said)
    until = talk.db.now + people.BACKUPS_LAST
    return {"code": code, "at": talk.db.now.isoformat(), "until": until.isoformat()}
