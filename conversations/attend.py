"""Going, not going, not sure: the question every way to a session ends in. No conversation of its own."""

from __future__ import annotations

from dataclasses import asdict
from datetime import datetime
from typing import Any

from bot.actions.last_places import FIRST, seats
from bot.actions.suspend import sentence
from bot.i18n import Count, Label, When, _, n_
from bot.kinds import DONT_KNOW, Choice, YesNo
from bot.spoken import Said, others, said
from bot.talk import Talk
from conversations import moved
from conversations.at_home import from_home
from conversations.places import ask_again_at, no_consultation
from storage import ballots, codes, contests, labs, last_places, my_places, people, registrations, reserves, sessions
from storage.labs import Lab, Session
from storage.registrations import Place

LISTED = _("Listo, {name}. Vas el {when}, {place}. Tu código es {code}. Si cambia algo, escribe NO VOY.")
_ANSWERS = {"yes": _("Sí"), "no": _("No"), "unsure": _("Aún no sé")}
_SAID = ("voy a ir", "voy con gusto", "voy si dios quiere", "si dios quiere", "voy tarde", "voy en bus",
         "voy con mi carro")  # fmt: skip
_MAYBE = ("voy a ver", "todavia no", "not yet", *DONT_KNOW)
_ALONE = ("voy solo", "voy sola", "voy solito", "voy solita", "i am coming alone", "i go alone")
GOING = Choice(_ANSWERS, {"yes": (*_SAID, *_ALONE), "unsure": _MAYBE})
TOGETHER = Choice(_ANSWERS, {"yes": _SAID, "unsure": _MAYBE})  # "voy sola" is no yes for three
SHUT = ("stopped", "cancelled", "over")  # states of labs.shut
FEWER = Choice({"alone": _("Ir solo yo"), "wait": _("Esperar por todos"), "no": _("No ir")})


def attend(talk: Talk, lab: Lab, session: Session, person_id: int) -> None:
    """Ask whether this person comes, do it, and tell the place."""
    if why := talk.look("shut before", lambda: labs.shut(talk.db, session.id)):  # while she signed up
        return shut(talk, why, session)
    name = talk.look("called", lambda: name_of(talk, person_id))
    held = talk.look("held", lambda: place_held(talk, session, person_id))
    if held:
        return (standing if talk.args.get("wants") == "date" else already)(talk, held, name, session)
    if talk.look("offered", lambda: offered(talk, session, person_id)):  # LABS, or the keyword: it is hers already
        return talk.go("offer", lab=lab.slug, session=session.code)
    if talk.look("full", lambda: registrations.would_wait(talk.db, session.id, party(talk))):
        return wait(talk, lab, session, person_id, name)
    going = talk.ask(
        "going",
        _("¿Vas?"),
        GOING if party(talk) == 1 else TOGETHER,
        before=no_consultation(talk, lab, invited(talk, lab, session)),
        again=_("{name}, ¿vas el {day}?") if talk.args.get("companion") else _("¿Vas el {day}?"),
        other=_("No entendí. Para ir, escribe 1. Para no ir, escribe 2. Si aún no sabes, escribe 3."),
        name=name,
        **when_where(session),
    )
    session, unread = moved.since(talk, session, person_id)
    if unread:
        return talk.go("register", **moved.now(talk, session))
    return answered(talk, lab, session, person_id, going, name)


def invited(talk: Talk, lab: Lab, session: Session) -> str:
    """How many come, if not one alone; what, when, where, and what becomes of what they say."""
    text = _("Laboratorio en {lab}: {when}, {place}. Lo que elijan {use}.")
    if session.kind == "report_back":
        text = _("Laboratorio en {lab}: {when}, {place}. Se cuenta el resultado y se decide qué sigue.")
    if talk.args.get("moved"):
        text = moved.MOVED
    about = talk.text(text, lab=lab.name, use=said(session, "use"), **when_where(session))
    several = talk.text(_("Son {party}."), party=party(talk))
    return about if party(talk) == 1 else f"{several} {about}"


def when_where(session: Session) -> dict[str, Any]:
    """The arguments of every text about a session: {when} {day} {place}."""
    at = session.starts_at
    return {"when": When(at, session.tz), "day": When(at, session.tz, "day"), "place": said(session, "place")}


def answered(talk: Talk, lab: Lab, session: Session, person_id: int, going: str, name: str) -> None:
    """Do what was answered and say so."""
    if why := talk.look("shut", lambda: labs.shut(talk.db, session.id)):  # meanwhile
        return shut(talk, why, session)
    if going == "yes":
        place = talk.once("signed up", lambda: sign_up(talk, session, person_id))
        return told(talk, place, name, session)
    state = "declined" if going == "no" else "unsure"
    talk.once("answered", lambda: registrations.answer_otherwise(talk.db, session.id, person_id, state, talk.channel))
    if going == "unsure":
        return not_sure(talk, lab, session, name)
    talk.say(_("Está bien, {name}."), name=name)
    return from_home(talk, lab)


def sign_up(
    talk: Talk, session: Session, person_id: int, reserve_id: int | None = None, *, places: int = 0
) -> dict[str, Any]:
    """The place this person got, with whether the phone is shared. places: so many, else those of her party."""
    before = registrations.place_of(talk.db, session.id, person_id)
    place = registrations.sign_up(
        talk.db, session.id, person_id, talk.channel, reserve_id=reserve_id, party=places or party(talk)
    )
    return shown(talk, place, before)


def shown(talk: Talk, place: Place, before: Place | None) -> dict[str, Any]:
    """As JSON, with whether the phone is shared: there a code is told once, and then only hinted at."""
    shared = my_places.shared(talk.db, talk.address_id)
    code = codes.hint(place.code) if shared and before and before.code else place.code
    return asdict(place) | {"shared": shared, "code": code}


def party(talk: Talk) -> int:
    """For so many people a place is asked, who speaks among them: CON 2 asks for three."""
    return int(talk.args.get("party", 1))


def coded(place: dict[str, Any]) -> str | Label:
    """The code as an argument, with the number of places where they are several."""
    if place["party"] < 2:
        return str(place["code"])
    return Label(_("{code} ({party} lugares)"), {"code": place["code"], "party": place["party"]})


def told(talk: Talk, place: dict[str, Any], name: str, session: Session) -> None:
    """Date, hour, place and code, in the text itself."""
    about = {"name": name, "code": coded(place), **when_where(session)}
    if place["state"] in SHUT:
        return shut(talk, place["state"], session)
    if place["state"] == "waiting":
        if first_to_arrive(talk, name, session) or _wait_together(talk, place, name):
            return
        full = _("El cupo se llenó, {name}. Estás en espera, en el lugar {position}.")
        talk.say(full, position=place["position"], name=name)
        talk.say(_("Si se abre un lugar te escribo."))
    elif place["shared"] and place["party"] > 1:
        several = _("Listo, {name}. Son {party}, el {when}, {place}. Código: {code}. Al escribir, empieza: {prefix} 1")
        talk.say(several, prefix=name.upper(), party=place["party"], **(about | {"code": place["code"]}))
    elif place["shared"]:
        talk.say(
            _("Listo, {name}. Vas el {when}, {place}. Tu código es {code}. Al escribir, empieza: {prefix} 1"),
            prefix=name.upper(),
            **about,
        )
    else:
        talk.say(LISTED, **about)
        _beside(talk, session)


def _beside(talk: Talk, session: Session) -> None:
    """What else there is to do now: choosing, where a choice is open."""
    choosing = talk.channel != "sms" and talk.look("choosing", lambda: contests.open_slug(talk.db, session.lab_id))
    if choosing:
        talk.say(_("También puedes elegir: ELEGIR."))
    first = [talk.look("chose", lambda: _chose(talk, choosing))] if choosing else []
    talk.below(*first, "language", "data")


def _chose(talk: Talk, slug: str) -> str:
    """'change' for who has a choice already, else 'choose'."""
    found = contests.by_slug(talk.db, slug)
    mine = found and talk.person_id and ballots.standing(talk.db, found.id, talk.person_id)
    return "change" if mine else "choose"


def not_sure(talk: Talk, lab: Lab, session: Session, name: str) -> None:
    """No place is held; asked once more two days before, if that is still ahead."""
    again = ask_again_at(session)
    if talk.look("asked later", lambda: again > talk.db.now):
        talk.say(
            _("Está bien, {name}. Todavía no guardo lugar. El {day} te pregunto otra vez."),
            name=name,
            day=When(again, session.tz, "day"),
        )
    else:
        late = _("Está bien, {name}. Todavía no guardo lugar. Cuando sepas, escribe {keyword}.")
        talk.say(late, name=name, keyword=lab.keyword)


def already(talk: Talk, held: dict[str, Any], name: str, session: Session) -> None:
    """A second request keeps the first place and says so."""
    if held["state"] == "waiting":
        if first_to_arrive(talk, name, session):
            return None
        return talk.say(
            _("Ya estás en espera, {name}, en el lugar {position}. No hace falta escribir otra vez."),
            name=name,
            position=held["position"],
        )
    if held["shared"]:
        text = _(
            "Ya estás en la lista, {name}. Tu código empieza con {code}. Si lo perdiste, en la puerta di tu nombre."
        )
        return talk.say(text, name=name, code=coded(held | {"code": held["code"].rstrip("*")}))
    return talk.say(
        _("Ya estás en la lista, {name}. Tu código es {code}. No hace falta escribir otra vez."),
        name=name,
        code=coded(held),
    )


def standing(talk: Talk, held: dict[str, Any], name: str, session: Session) -> None:
    """LABS of who has her place: when and where it is; of who waits, with her number in the queue."""
    about = {"name": name, "position": held["position"], **when_where(session)}
    if held["state"] == "waiting":
        if first_to_arrive(talk, name, session):
            return None
        return talk.say(_("Ya estás en espera, {name}, en el lugar {position}: {when}, {place}."), **about)
    if held["shared"]:
        about["code"] = coded(held | {"code": held["code"].rstrip("*")})
        return talk.say(_("Ya estás en la lista, {name}: {when}, {place}. Tu código empieza con {code}."), **about)
    return talk.say(_("Ya estás en la lista, {name}: {when}, {place}. Tu código es {code}."), code=coded(held), **about)


def wait(talk: Talk, lab: Lab, session: Session, person_id: int, name: str) -> None:
    """The session is full: reserved places are offered, then the place in the queue, before anything is promised."""
    if first_to_arrive(talk, name, session):
        return None
    reserved = talk.look(
        "reserved", lambda: [asdict(one) for one in reserves.open_in(talk.db, session.id, party(talk))]
    )
    taken = next((one["id"] for one in reserved if takes_reserved(talk, one)), None)
    if taken is not None:
        place = talk.once("signed up", lambda: sign_up(talk, session, person_id, taken))
        return told(talk, place, name, session)
    stays = _stays(talk, session, name, bool(reserved))
    if stays == "alone":
        return told(talk, talk.once("signed up", lambda: sign_up(talk, session, person_id, places=1)), name, session)
    if stays == "no" and (why := talk.look("shut", lambda: labs.shut(talk.db, session.id))):
        return shut(talk, why, session)
    if stays == "no":
        talk.once(
            "answered",
            lambda: registrations.answer_otherwise(talk.db, session.id, person_id, "declined", talk.channel),
        )
        talk.say(_("Está bien, {name}."), name=name)
        return from_home(talk, lab)
    place = talk.once("signed up", lambda: sign_up(talk, session, person_id))
    if place["state"] == "waiting" and place["party"] > 1:
        return told(talk, place, name, session)
    if place["state"] == "waiting":
        return talk.say(
            _("Listo, {name}. Estás en espera, en el lugar {position}. No hace falta que llames."),
            name=name,
            position=place["position"],
        )
    return told(talk, place, name, session)


def _stays(talk: Talk, session: Session, name: str, reserved: bool) -> str:
    """'wait' in the queue, 'no', or 'alone' where there are places, only not for all of them."""
    free = talk.look("free", lambda: reserves.free(talk.db, session.id)) if party(talk) > 1 else 0
    if free > 0:
        places = Count(*n_("{n} lugar", "{n} lugares"), free)
        before = talk.text(_("Hay {places}, no {party}."), places=places, party=party(talk))
        return talk.ask("fewer", _("¿Qué quieres?"), FEWER, before=before)
    before = _in_the_queue(talk, session, name, reserved)
    return "wait" if talk.ask("wait", _("¿Te anoto?"), YesNo(), before=before) else "no"


def _wait_together(talk: Talk, place: dict[str, Any], name: str) -> bool:
    """A party waits for as many places as it is; the rule for one too big stands in the answer. True when it is one."""
    together = _(
        "Listo, {name}. Esperan {party} lugares juntos, en el turno {position}. Si no caben todos, pasa quien sigue y"
        " guardas tu turno."
    )
    if place["party"] > 1:
        talk.say(together, name=name, party=place["party"], position=place["position"])
    return bool(place["party"] > 1)


def first_to_arrive(talk: Talk, name: str, session: Session) -> bool:
    """In the last hours a free place is given to nobody by phone while some wait; True when that was said."""
    free = talk.look("first to arrive", lambda: last_places.free(talk.db, session.id))
    if free:
        talk.say(FIRST, person=name, seats=seats(free), **when_where(session))
    return bool(free)


def takes_reserved(talk: Talk, one: dict[str, Any]) -> bool:
    """Whether she takes one of the places that are kept for some, as all may read."""
    left = talk.text(
        _("El cupo general está lleno. Quedan {left} de {places} lugares para {reserved}."),
        left=one["places"] - one["taken"],
        places=one["places"],
        reserved=one["label"],
    )
    return talk.ask(f"reserve.{one['id']}", _("¿Tomas uno?"), YesNo(), before=left)


def _in_the_queue(talk: Talk, session: Session, name: str, reserved: bool) -> str:
    full = talk.look("full", lambda: registrations.would_wait(talk.db, session.id, party(talk)))
    if party(talk) > 1:
        apart = _(
            "{name}, no hay {party} lugares juntos. En la lista de espera serías la persona {position}. Si se abren te"
            " escribo."
        )
        return talk.text(apart, name=name, party=party(talk), position=full)
    if reserved:
        general = _(
            "{name}, en la lista de espera del cupo general serías la persona {position}. Si se abre un lugar te"
            " escribo."
        )
        return talk.text(general, name=name, position=full)
    return talk.text(
        _(
            "{name}, el cupo está lleno: {capacity} de {capacity}. En la lista de espera serías la persona"
            " {position}. Si se abre un lugar te escribo."
        ),
        name=name,
        capacity=session.capacity or 0,
        position=full,
    )


def name_of(talk: Talk, person_id: int) -> str:
    """What the person is called."""
    person = people.person_by_id(talk.db, person_id)
    return person.name if person else ""


def goes_on(talk: Talk, session: Session) -> bool:
    """Whether a place that is given back goes to another person: in the last hours it is offered to nobody."""
    return bool(talk.look("goes on", lambda: not last_places.offers_ended(talk.db, session.id)))


def place_held(talk: Talk, session: Session, person_id: int) -> dict[str, Any] | None:
    """The place or the turn in the queue that the person has in a session."""
    place = registrations.place_of(talk.db, session.id, person_id)
    if place is None or place.state not in ("registered", "attended", "waiting"):
        return None
    return shown(talk, place, place)


def offered(talk: Talk, session: Session, person_id: int) -> bool:
    """Whether a freed place is held for her, until she answers."""
    place = registrations.place_of(talk.db, session.id, person_id)
    return place is not None and place.state == "offered"


def shut(talk: Talk, why: str, session: Session) -> None:
    """Nobody takes a place there any more: what was asked before that counts no more, and nothing is stored."""
    if why == "stopped":
        return talk.say(_("La comunidad detuvo este laboratorio. No se guardó ningún lugar."))
    return not_open(talk, session.code)


def not_open(talk: Talk, code: str) -> None:
    """The session this was about is over, or was called off: why."""
    off = talk.look("suspended", lambda: _called_off(talk, code))
    if off:
        when = When(datetime.fromisoformat(off["at"]), off["tz"], "day")
        return talk.say(
            sentence(off["reason"]),
            day=when,
            reason=Said(off["reason"], others(off.get("texts", {}), "reason")),
        )
    return talk.say(_("Esa reunión ya no está abierta."))


def _called_off(talk: Talk, code: str) -> dict[str, Any] | None:
    found = sessions.suspended(talk.db, code)
    if found is None:
        return None
    off, reason = found
    return {"at": off.starts_at.isoformat(), "tz": off.tz, "reason": reason, "texts": off.texts}


def again(talk: Talk) -> None:
    """The same last answer twice: what counted already."""
    person_id = talk.person_id
    found = labs.session_by_code(talk.db, str(talk.args.get("session", ""))) or _next(talk)
    if found and (why := labs.shut(talk.db, found.id)):
        return shut(talk, why, found)
    held = place_held(talk, found, person_id) if found and person_id is not None else None
    if held and found and person_id is not None:
        return already(talk, held, name_of(talk, person_id), found)
    return talk.say(_("Ya recibí esa respuesta. No hace falta escribir otra vez."))


def _next(talk: Talk) -> Session | None:
    lab = labs.lab(talk.db, str(talk.args.get("lab", "")))
    return labs.next_session(talk.db, lab.id) if lab else None
