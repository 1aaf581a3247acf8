"""What a message becomes on its way to Twilio: the ladder of buttons, list and numbers, and the 24 hours."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from bot.channels._twilio_draft import Draft, Templates, answers_of, for_sms, for_whatsapp, sid_of
from bot.errors import SendError
from bot.message import Media, Option, Parcel, Reply, Template
from tests.channels.twilio_kit import NOW, parcel, policy

GENERIC: Templates = {
    **{f"botones_{n}": {"*": f"HXb{n}"} for n in (1, 2, 3)},
    **{f"lista_{n}": {"*": f"HXl{n}", "en": f"HXl{n}en"} for n in range(2, 11)},
}
ALL: Templates = {**GENERIC, "recordatorio": {"es": "HXr", "en": "HXren"}}
LATE = {"heard_at": NOW - timedelta(hours=24)}
REMINDER = Template(name="recordatorio", lang="es", variables={"1": "Ana", "2": "sáb 21 nov", "3": "Casa", "4": "8QHM"})


def first(parcel_: Parcel, templates: Templates = ALL) -> Draft:
    return for_whatsapp(parcel_, templates)[0]


def said(draft: Draft) -> list[str]:
    values = json.loads(draft.variables)
    assert list(values) == [str(n) for n in range(1, len(values) + 1)]
    return list(values.values())


@pytest.mark.parametrize(
    ("labels", "content"),
    [
        ((), ""),
        (("Sí",), "HXb1"),
        (("Sí", "No"), "HXb2"),
        (("Sí", "No", "Aún no sé"), "HXb3"),
        (("a", "b", "c", "d"), "HXl4"),
        (tuple("abcdefghij"), "HXl10"),
        (tuple("abcdefghijk"), ""),
        (("x" * 18, "No"), "HXb2"),  # with its number exactly 20
        (("x" * 19, "No"), "HXl2"),
        (("x" * 22, "No"), "HXl2"),  # exactly 24
        (("x" * 23, "No"), ""),
        (("x" * 19,), ""),  # there is no list of one
        (("🙂" * 9, "No"), "HXb2"),
        (("🙂" * 10, "No"), "HXl2"),
        (("", "No"), ""),
        (("Sí", "Sí"), "HXb2"),  # their numbers tell them apart
    ],
)
def test_options_go_down_the_ladder_until_they_fit(labels: tuple[str, ...], content: str) -> None:
    drafts = for_whatsapp(parcel("¿Vas?", *labels), ALL)
    assert drafts[0].content == content
    assert drafts[-1] == Draft(body="¿Vas?", else_next=frozenset({63016}))
    assert len(drafts) == (2 if content else 1)


def test_text_titles_and_what_they_send_back_are_variables_in_this_order() -> None:
    draft = first(parcel("¿Vas? 1 Sí 2 No", "Sí", "No"))
    assert said(draft) == ["¿Vas? 1 Sí 2 No", "1 Sí", "2 No", "t1|q|1", "t1|q|2"]
    assert set(draft.fields()) == {"content_sid", "content_variables"}


def test_an_option_without_data_sends_its_number() -> None:
    reply = Reply(text="¿Vas?", options=(Option(1, "Sí"), Option(2, "No", "t1|q|no")))
    assert said(first(parcel(reply=reply)))[-2:] == ["1", "t1|q|no"]


def test_titles_are_written_as_the_text_writes_them() -> None:
    labels = ("18 o más", "de 14 a 17")
    assert said(first(parcel("¿Edad?", *labels)))[1:3] == ["1: 18 o más", "2: de 14 a 17"]


@pytest.mark.parametrize(
    ("options", "sizes", "fits"),
    [
        ([Option(1, "a", "x"), Option(2, "b", "x")], (20, 256), False),  # both send the same
        ([Option(1, "a", "x"), Option(1, "A", "y")], (20, 256), False),  # both look the same
        ([Option(1, "a", "x" * 256)], (20, 256), True),
        ([Option(1, "a", "x" * 257)], (20, 256), False),
        ([Option(1, "a", "x" * 200)], (24, 200), True),
        ([Option(1, "a", "x" * 201)], (24, 200), False),
        ([Option(1, "  a\n b ", "x")], (20, 256), True),
        ([], (20, 256), False),
    ],
)
def test_titles_and_ids_fit_and_differ(options: list[Option], sizes: tuple[int, int], fits: bool) -> None:
    answers = answers_of(options, *sizes)
    assert bool(answers) == fits
    assert not any("\n" in title for title, _ in answers)


def test_without_contents_there_are_numbers_in_the_text() -> None:
    assert for_whatsapp(parcel("¿Vas? 1 Sí 2 No", "Sí", "No"), {}) == [
        Draft(body="¿Vas? 1 Sí 2 No", else_next=frozenset({63016}))
    ]


def test_a_list_takes_over_where_only_lists_are_there() -> None:
    assert first(parcel("¿Vas?", "Sí", "No"), {"lista_2": {"es": "HXl"}}).content == "HXl"


@pytest.mark.parametrize(("size", "content", "body"), [(1024, "HXb2", ""), (1025, "", "x" * 1025)])
def test_a_long_text_has_no_buttons(size: int, content: str, body: str) -> None:
    draft = first(parcel("x" * size, "Sí", "No"))
    assert (draft.content, draft.body) == (content, body)


@pytest.mark.parametrize("sender", ["twilio:sms", "twilio:whatsapp"])
def test_a_text_has_1600_characters_at_most(sender: str) -> None:
    make = for_sms if sender == "twilio:sms" else lambda p: for_whatsapp(p, {})
    assert make(parcel("x" * 1600, sender=sender))[0].body == "x" * 1600
    with pytest.raises(SendError) as no:
        make(parcel("x" * 1601, sender=sender))
    assert policy(no.value) == {"alert": True}


@pytest.mark.parametrize(
    ("lang", "otherwise", "sid"),
    [
        ("es", "*", "1"), ("es-PA", "*", "1"), ("es_PA", "*", "1"), ("es@usted", "*", "2"), ("en", "*", "3"),
        ("gym", "*", "9"), ("gym", "es", "1"), ("", "*", "9"),
    ],
)  # fmt: skip
def test_the_content_of_a_language(lang: str, otherwise: str, sid: str) -> None:
    templates = {"t": {"es": "1", "es@usted": "2", "en": "3", "*": "9"}}
    assert sid_of(templates, "t", lang, otherwise) == sid
    assert sid_of(templates, "other", lang, otherwise) == ""


@pytest.mark.parametrize(
    ("heard", "open_"),
    [
        (timedelta(0), True),
        (timedelta(hours=23, minutes=54, seconds=59), True),
        (timedelta(hours=23, minutes=55), False),
        (timedelta(days=9), False),
        (None, False),
    ],
)
def test_free_text_goes_until_five_minutes_before_the_24_hours(heard: timedelta | None, open_: bool) -> None:
    message = parcel("Hola", heard_at=None if heard is None else NOW - heard)
    if open_:
        assert first(message).body == "Hola"
        return
    with pytest.raises(SendError, match="outside the 24 hours and no approved template") as no:
        first(message)
    assert policy(no.value) == {"fallback": True}


def templated(template: Template = REMINDER, **other: Any) -> Parcel:
    return parcel(reply=Reply(text="Te recordamos", template=template), **{**LATE, **other})


def test_outside_an_approved_template_goes_and_nothing_else() -> None:
    [draft] = for_whatsapp(templated(), ALL)
    assert draft.fields() == {
        "content_sid": "HXr",
        "content_variables": '{"1": "Ana", "2": "sáb 21 nov", "3": "Casa", "4": "8QHM"}',
    }


@pytest.mark.parametrize(
    ("lang", "sid"), [("en", "HXren"), ("es", "HXr"), ("es@usted", "HXr"), ("gym", "HXr"), ("en-US", "HXren")]
)
def test_a_language_without_a_template_gets_the_spanish_one(lang: str, sid: str) -> None:
    assert first(templated(Template(name="recordatorio", lang=lang, variables={"1": "x"}))).content == sid


def test_line_breaks_and_many_spaces_leave_the_values() -> None:
    template = Template(name="recordatorio", lang="es", variables={"1": " a\nb\t c      d "})
    assert said(first(templated(template))) == ["a b c d"]


@pytest.mark.parametrize(
    "template",
    [
        Template(name="recordatorio", lang="es", variables={"1": "Ana", "2": "  \n"}),
        Template(name="recordatorio", lang="es", variables={"1": "x" * 1025}),
        Template(name="another", lang="es", variables={}),
    ],
)
def test_a_template_that_would_be_refused_is_not_sent(template: Template) -> None:
    with pytest.raises(SendError) as no:
        for_whatsapp(templated(template), ALL)
    assert policy(no.value) == {"fallback": True}


def test_inside_the_template_is_the_last_resort() -> None:
    drafts = for_whatsapp(templated(heard_at=NOW), ALL)
    assert [d.content or d.body for d in drafts] == ["Te recordamos", "HXr"]


def test_a_second_try_prefers_the_template() -> None:
    assert [d.content for d in for_whatsapp(templated(heard_at=NOW, attempt=2), ALL)] == ["HXr"]
    assert [d.body for d in for_whatsapp(parcel("Hola", attempt=2), ALL)] == ["Hola"]


LINK = "https://convoca.example.org/f/1"


@pytest.mark.parametrize(
    ("kind", "text", "attempt", "bodies"),
    [
        ("photo", "Mira", 1, [("Mira", LINK), (f"Mira\n{LINK}", "")]),
        ("document", "Mira", 1, [("Mira", LINK), (f"Mira\n{LINK}", "")]),
        ("photo", "Mira", 2, [(f"Mira\n{LINK}", "")]),
        ("photo", "x" * 1025, 1, [("x" * 1025 + f"\n{LINK}", "")]),
        ("voice", "Escucha", 1, [(f"Escucha\n{LINK}", "")]),
        ("voice", "", 1, [("", LINK), (LINK, "")]),
    ],
)
def test_media_is_shown_where_it_can_be_and_else_linked(
    kind: Any, text: str, attempt: int, bodies: list[tuple[str, str]]
) -> None:
    reply = Reply(text=text, media=Media(kind=kind, ref=LINK), options=(Option(1, "Sí"),))
    drafts = for_whatsapp(parcel(reply=reply, attempt=attempt), ALL)
    assert [(d.body, d.media) for d in drafts] == bodies
    assert [(d.body, d.media) for d in for_sms(parcel(reply=reply))] == [(f"{text}\n{LINK}".strip(), "")]


@pytest.mark.parametrize("ref", ["", "AgACAgEAAx", "http://10.0.0.5/x"])
def test_media_that_nobody_can_open_is_left_out(ref: str) -> None:
    reply = Reply(text="Hola", media=Media(kind="photo", ref=ref))
    assert [d.fields() for d in for_whatsapp(parcel(reply=reply), ALL)] == [{"body": "Hola"}]
    assert [d.fields() for d in for_sms(parcel(reply=reply))] == [{"body": "Hola"}]


def test_a_link_that_the_text_has_is_not_repeated() -> None:
    reply = Reply(text=f"Aquí: {LINK}", media=Media(kind="photo", ref=LINK))
    assert for_sms(parcel(reply=reply))[0].body == f"Aquí: {LINK}"
