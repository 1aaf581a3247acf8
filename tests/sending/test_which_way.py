"""Which of a person's addresses is written to: the table of rules, in both of its forms."""

from __future__ import annotations

import random
from datetime import timedelta
from functools import partial

import pytest
from sqlalchemy import Select, literal, select

from bot.channels._twilio_check import APPROVED
from storage import closures, senders, which_way
from storage import tables as t
from storage.store import Store, Unit
from storage.which_way import Standing, Way, Window
from tests.channels.twilio_kit import channel as twilio
from tests.conftest import Clock
from tests.convoke.acts import adds_up
from tests.convoke.town import NOON, Town
from tests.sending.onward_kit import House

TELEGRAM, WHATSAPP, SMS = 1, 2, 3  # senders
IDS = {"telegram": TELEGRAM, "whatsapp": WHATSAPP, "sms": SMS}
DAY = timedelta(hours=24)


def ways(*given: str, lang: str = "es") -> list[Way]:
    """'sms 5' wrote 5 hours ago, 'sms -' never; '!' behind it: not usable; 'sms/CO 5': of that country."""
    found = []
    for number, text in enumerate(given, 1):
        name, ago = text.rstrip("!").split()
        kind, _, country = name.partition("/")
        heard = None if ago == "-" else NOON - timedelta(hours=float(ago))
        more = {"usable": not text.endswith("!"), "country": country or "PA", "lang": lang}
        found.append(Way(id=number, channel=kind, sender_id=IDS[kind], heard_at=heard, **more))  # type: ignore[arg-type]
    return found


def window(*langs: str) -> Standing:
    """WhatsApp may be written to for a day after a message, then in an approved text of these languages."""
    return Standing(windows={WHATSAPP: Window(opens=NOON - DAY, langs=frozenset(langs))})


ALL_GOES = Standing()
CASES: list[tuple[str, list[Way], Standing, list[int]]] = [
    ("the one she wrote from last", ways("sms 9", "telegram 5"), ALL_GOES, [2, 1]),
    ("who has written before who never has", ways("telegram -", "sms 900"), ALL_GOES, [2, 1]),
    ("nobody has written: the cheapest", ways("sms -", "whatsapp -", "telegram -"), ALL_GOES, [3, 2, 1]),
    ("two alike: the one known longest", ways("sms -", "sms -"), ALL_GOES, [1, 2]),
    ("what can not be used comes last", ways("telegram 1!", "sms 900"), ALL_GOES, [2, 1]),
    ("a halted sender comes last but one", ways("telegram 1!", "whatsapp 2", "sms 9"),
     Standing(halted=frozenset({WHATSAPP})), [3, 2, 1]),
    ("and so does a closed country", ways("sms/CO 1", "telegram -"), Standing(closed=frozenset({(SMS, "CO")})), [2, 1]),
    ("closed to another sender is not closed", ways("sms/CO 1", "telegram -"),
     Standing(closed=frozenset({(WHATSAPP, "CO"), (SMS, "PA")})), [1, 2]),
    ("all of them wait: the one used last", ways("sms 5", "telegram 1"),
     Standing(halted=frozenset({SMS, TELEGRAM})), [2, 1]),
    ("inside the 24 hours WhatsApp carries anything", ways("whatsapp 20", "sms 30"), window(), [1, 2]),
    ("outside of them without an approved text it comes behind", ways("whatsapp 25", "sms 90"), window(), [2, 1]),
    ("also where she never wrote", ways("whatsapp -", "sms -"), window(), [2, 1]),
    ("with an approved text it carries it at any time", ways("whatsapp 25", "sms 90"), window("es"), [1, 2]),
    ("one that fits every language too", ways("whatsapp 25", "sms 90", lang="en"), window("*"), [1, 2]),
    ("of a region too", ways("whatsapp 25", "sms 90", lang="en-GB"), window("es", "en"), [1, 2]),
    ("an approved text in Spanish alone comes behind her own language", ways("whatsapp 25", "sms 90", lang="en"),
     window("es"), [2, 1]),
    ("inside the 24 hours it is said in her language", ways("whatsapp 20", "sms 90", lang="en"), window("es"), [1, 2]),
    ("an approved text in neither language does not carry it", ways("whatsapp 25", "sms 90", lang="pt"),
     window("en"), [2, 1]),
    ("in Spanish before not at all", ways("whatsapp 25", "sms 90!", lang="en"), window("es"), [1, 2]),
    ("a closed window before a halted sender", ways("sms 1", "whatsapp 99"),
     Standing(halted=frozenset({SMS}), windows=window().windows), [2, 1]),
    ("of three the second best is the next", ways("whatsapp 1", "sms 5", "telegram 9"), ALL_GOES, [1, 2, 3]),
]  # fmt: skip


@pytest.mark.parametrize(("given", "standing", "order"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_the_first_rule_that_tells_two_apart_decides(given: list[Way], standing: Standing, order: list[int]) -> None:
    assert [way.id for way in which_way.first(given, standing)] == order


# --- the two forms agree --------------------------------------------------------------------------------------------


def some_standing(chance: random.Random) -> Standing:
    langs = [frozenset(chance.sample(("es", "en", "*", "pt"), chance.randrange(3))) for _ in range(2)]
    late = {s: Window(opens=NOON - DAY, langs=langs[n]) for n, s in enumerate((WHATSAPP, SMS)) if chance.random() < 0.7}
    shut = [(s, c) for s in IDS.values() for c in ("PA", "CO") if chance.random() < 0.2]
    return Standing(
        halted=frozenset(s for s in IDS.values() if chance.random() < 0.2), closed=frozenset(shut), windows=late
    )


def some_way(chance: random.Random, id: int, lang: str) -> Way:
    kind = chance.choice(list(IDS))
    hours = chance.choice((None, 1, 23, 24, 25, 25, 300))
    return Way(
        id=id,
        channel=kind,
        sender_id=IDS[kind],
        usable=chance.random() < 0.7,
        country=chance.choice(("PA", "CO", "", None)),
        lang=lang,
        heard_at=None if hours is None else NOON - timedelta(hours=hours),
    )


def ids_of(asked: Select[int], unit: Unit) -> list[int]:
    return list(unit.db.execute(asked).scalars())


def test_sql_puts_them_in_the_same_order(store: Store) -> None:
    chance = random.Random(21)
    town = Town.build(store)
    assert {name: town.senders[name] for name in IDS} == {"sms": 1, "whatsapp": 2, "telegram": 3}
    ours = {IDS[name]: town.senders[name] for name in IDS}
    every = {n: [some_way(chance, 10 * n + k, lang) for k in range(chance.randrange(1, 5))]
             for n in range(1, 150) for lang in [chance.choice(("es", "en", "en-GB", "pt"))]}  # fmt: skip
    rows = [
        {"id": w.id, "channel": w.channel, "fingerprint": f"w:{w.id}", "value": "x" if w.usable else None, "misses": n,
         "sender_id": w.sender_id and ours[w.sender_id], "country": w.country, "lang": w.lang, "created_at": NOON,
         "last_inbound_at": w.heard_at}
        for n, several in every.items() for w in several
    ]  # fmt: skip
    store.do(lambda u: u.db.execute(t.address.insert(), rows).rowcount)
    usable = t.address.c.value.is_not(None)
    for _ in range(40):
        now = some_standing(chance)
        there = Standing(
            halted=frozenset(ours[s] for s in now.halted),
            closed=frozenset((ours[s], c) for s, c in now.closed),
            windows={ours[s]: w for s, w in now.windows.items()},
        )
        asked = select(t.address.c.id).order_by(t.address.c.misses, *which_way.order(usable, t.address.c.lang, there))
        told = store.read(partial(ids_of, asked))
        assert told == [way.id for several in every.values() for way in which_way.first(several, now)]


def test_also_for_one_language_that_stands_for_all(store: Store) -> None:
    asked = select(literal(1)).order_by(*which_way.order(literal(True), literal("en-GB"), window("es", "en")))
    assert store.read(lambda u: u.db.execute(asked.select_from(t.address)).all()) == []


# --- in a broadcast -------------------------------------------------------------------------------------------------


@pytest.fixture
def house(store: Store, clock: Clock) -> House:
    clock.set(NOON)
    return House(Town.build(store))


def late_whatsapp(house: House, **templates: list[str]) -> None:
    """WhatsApp has its window, and these approved texts."""
    given = {"window": 24 * 3600 - 300, "templates": templates}
    house.change(t.sender, house.town.senders["whatsapp"], **given)


def channel_of(house: House, who: int) -> str:
    return house.trail(who)[0][1]


@pytest.mark.parametrize(
    ("hours", "templates", "lang", "chosen"),
    [
        (25, {}, "es", "sms"),
        (23, {}, "es", "whatsapp"),
        (25, {"invitacion_laboratorio": ["es"]}, "es", "whatsapp"),
        (25, {"recordatorio": ["es"]}, "es", "sms"),
        (25, {"invitacion_laboratorio": ["es"]}, "en", "sms"),
        (25, {"invitacion_laboratorio": ["es", "en"]}, "en", "whatsapp"),
    ],
)
def test_a_broadcast_takes_the_channel_that_can_carry_it(
    house: House, hours: int, templates: dict[str, list[str]], lang: str, chosen: str
) -> None:
    late_whatsapp(house, **templates)
    town = house.town
    who = town.person(town.address("whatsapp", ago=60 * hours), town.address("sms", ago=60 * 90), lang=lang)
    house.announce(kind="invitation")
    assert channel_of(house, who) == chosen


def test_what_leaves_later_is_judged_by_then(house: House) -> None:
    late_whatsapp(house)
    town = house.town
    who = town.person(town.address("whatsapp", ago=60 * 20), town.address("sms", ago=60 * 90))
    house.announce(due_at=NOON + timedelta(hours=10), kind="invitation")
    assert channel_of(house, who) == "sms"


def test_a_closed_country_and_a_halted_sender_are_known_beforehand(house: House) -> None:
    town = house.town
    at = town.address("sms", ago=5, country="CO")
    luz = town.person(at, town.address("telegram", ago=90))
    ana = town.person(town.address("whatsapp", ago=5), town.address("telegram", ago=90))
    only = town.person(town.address("whatsapp", ago=5))
    town.store.do(lambda u: closures.close(u, town.senders["sms"], at, 0.0, "off"))
    town.store.do(lambda u: senders.halt(u, town.senders["whatsapp"], "no credit"))
    house.announce()
    assert [channel_of(house, who) for who in (luz, ana, only)] == ["telegram", "telegram", "whatsapp"]
    assert house.ledger().pending == 3
    adds_up(house.ledger())


def test_the_next_channel_is_found_by_the_same_table(house: House) -> None:
    late_whatsapp(house)
    town = house.town
    phones = [town.address("telegram", ago=1), town.address("whatsapp", ago=60 * 25), town.address("sms", ago=60 * 90)]
    who = town.person(*phones)
    house.announce(kind="invitation")
    [letter] = house.claim()
    house.settle(letter.id, "gone", fallback=True)
    assert house.trail(who) == [(1, "telegram", "failed"), (2, "sms", "pending")]


def test_the_next_channel_is_none_whose_country_is_closed(house: House) -> None:
    town = house.town
    at = town.address("sms", ago=60, country="CO")
    who = town.person(town.address("telegram", ago=1), at)
    town.store.do(lambda u: closures.close(u, town.senders["sms"], at, 0.0, "off"))
    house.announce()
    [letter] = house.claim()
    house.settle(letter.id, "gone", fallback=True)
    assert house.trail(who) == [(1, "telegram", "failed")]


def test_the_table_knows_the_approved_texts_that_the_settings_name(house: House) -> None:
    opened = twilio(templates={"recordatorio": {"es": "HX1", "en": "HX2"}, "botones_2": {"*": "HX3"}})
    [identity] = [one for one in opened.identities() if one.channel == "whatsapp"]
    assert identity.templates == {"recordatorio": ["es", "en"]}
    assert identity.window == timedelta(hours=23, minutes=55)
    [plain] = [one for one in opened.identities() if one.channel == "sms"]
    assert (plain.window, plain.templates) == (None, {})


def test_every_approved_text_of_the_account_is_of_some_kind() -> None:
    assert {name for names in which_way.APPROVED.values() for name in names} == set(APPROVED)
