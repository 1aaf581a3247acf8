"""The public pages: what they say, what they may not say yet, and that they are light, without script or cookies."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest

from bot import entrances, recount
from bot.i18n import Voice
from bot.results import Wording
from bot.web import qr
from bot.web.reader import accepted
from storage import contests, labs
from storage import tables as t
from storage.store import Store
from tests.convoke.town import STARTS, add
from tests.web.square import COUNTS, DECIDED, Doors, Square
from tests.web.visitor import everything, words

LIGHT = 50_000  # bytes with the style sheets (people.md 7)
HIDDEN = {29, 24, 16}  # people who chose water, by SMS, on WhatsApp
PREVIA = "Este laboratorio no reemplaza la consulta previa."


def read(page: str) -> str:
    return unescape(words(page))


# --- before anything is chosen ------------------------------------------------------------------------------------


def test_the_page_says_what_when_where_and_how_to_come(square: Square) -> None:
    page = square.page()
    text = read(page)
    for said in ("San Martín", "Convoca: Junta Comunal de Ejemplo.", "sábado 21 nov, 3:30 pm", "Casa Comunal"):
        assert said in text
    assert "Va a la junta comunal." in text
    assert 'href="https://t.me/ConvocaBot?start=lab-san-martin"' in page
    assert 'href="https://wa.me/50760000001?text=SANMARTIN"' in page
    assert 'href="sms:+50760000002?body=SANMARTIN"' in page
    assert "Escribir esta palabra: SANMARTIN" in text
    for address in ("@ConvocaBot", "+507 6000-0001", "+507 6000-0002"):
        assert address in text, "the number stands in words too: not every phone opens the link"


def test_each_way_in_has_its_qr_code(square: Square) -> None:
    page = square.page()
    for link in ("https://t.me/ConvocaBot?start=lab-san-martin", "sms:+50760000002?body=SANMARTIN"):
        assert qr.code(link).path in page
    picture = square.browser.get("/l/san-martin/qr/telegram.svg")
    assert picture.headers["content-type"].startswith("image/svg+xml")
    assert qr.code("https://t.me/ConvocaBot?start=lab-san-martin").path in picture.text
    assert square.status("/l/san-martin/qr/pigeon.svg") == 404


def test_without_a_channel_the_word_and_the_organiser_are_named(square: Square) -> None:
    quiet = Square(square.store, square.town, channels={})
    assert "Escribir esta palabra: SANMARTIN al bot de Junta Comunal de Ejemplo." in read(quiet.page())
    assert quiet.status("/l/san-martin/qr/telegram.svg") == 404


@pytest.mark.parametrize(
    ("taken", "capacity", "said"),
    [
        (9, 40, "Quedan 31 de 40"),
        (3, 40, "Lugares 40 "),
        (0, 40, "Quedan 40 de 40"),
        (6, 6, "El cupo está lleno. Hay lista de espera."),
        (2, 2, "El cupo está lleno. Hay lista de espera."),
        (9, None, "Sin límite"),
    ],
)
def test_places_left_never_count_fewer_than_five_people(
    square: Square, taken: int, capacity: int | None, said: str
) -> None:
    square.town.change_session(capacity=capacity)
    for _ in range(taken):
        square.town.registers(square.town.neighbour())
    text = read(square.page())
    assert said in text
    assert "37" not in text


def test_a_meeting_that_was_called_off_says_why(square_on_both: Square) -> None:
    square = square_on_both
    square.town.change_session(state="cancelled", reason="lluvia")
    text = read(square.page())
    assert "La reunión del sábado 21 nov se suspendió. Lluvia." in text
    assert "Todavía no hay fecha de reunión." in text


def test_drafts_are_not_spoken_of(square: Square) -> None:
    def draft(unit: Any) -> None:
        session = {"kind": "table", "tz": "America/Panama", "place": "Secreto", "use": "x"}
        add(
            unit, t.session, lab_id=square.town.lab, code="s9", title="Nada", starts_at=STARTS, state="draft", **session
        )

    square.store.do(draft)
    assert "Secreto" not in square.page()
    square.change(t.lab, state="draft")
    assert square.status("/l/san-martin") == 404
    assert "San Martín" not in square.browser.get("/").text


@pytest.mark.parametrize("slug", ["nada", "San-Martin%20", "..%2f..", "<script>", "%00", "a" * 5000, "lab'--"])
def test_another_address_is_a_page_that_is_not_there(square_on_both: Square, slug: str) -> None:
    answer = square_on_both.browser.get(f"/l/{slug}")
    assert answer.status_code == 404
    assert "Esta página no existe." in answer.text


def test_an_address_is_known_whatever_its_case(square: Square) -> None:
    assert square.status("/l/San-Martin") == 200


def test_what_an_organiser_writes_is_text_and_never_markup(square: Square) -> None:
    square.town.change_session(title="<b>Hola</b>", place="<i>aquí</i>")
    page = square.page()
    assert "&lt;b&gt;Hola" in page
    assert "<i>aquí" not in page


# --- choosing and its result --------------------------------------------------------------------------------------


def test_while_one_can_choose_nobody_sees_the_totals(square: Square) -> None:
    square.choosing()
    page = square.page()
    text = read(page)
    assert "Se puede elegir hasta el lunes 30 nov, 6:00 pm. Cada persona puede elegir hasta 3 opciones." in text
    assert "Ya participaron 40 personas. Nadie ve los totales antes del cierre." in text
    assert 'href="https://t.me/ConvocaBot?start=v-sm"' in page
    assert 'href="https://wa.me/50760000001?text=ELEGIR"' in page
    assert not numbers(page) & HIDDEN


def numbers(page: str) -> set[int]:
    """Whole numbers in the words of a page, those of dates and addresses among them."""
    return {int(n) for n in re.findall(r"\b\d+\b", read(page))}


def test_a_closed_choice_waits_for_every_reason(square: Square) -> None:
    square.choosing()
    square.close()
    square.decide("basura")
    page = square.page()
    assert "El resultado se publica cuando cada opción tiene respuesta y razón." in read(page)
    assert "Participaron 40 personas." in read(page)
    assert not numbers(page) & HIDDEN
    assert not [reason for _outcome, reason in DECIDED.values() if reason in page]
    assert "va adelante" not in page


def test_who_chose_none_of_them_took_part_and_did_not_choose(square: Square) -> None:
    """One number, one word, at every moment: people who took part, among them those who chose something."""
    square.choosing().crowd(*[()] * 10)
    assert "Ya participaron 50 personas." in read(square.page())
    square.close()
    assert "Participaron 50 personas." in read(square.page())
    square.decide()
    assert "Eligieron 40 personas. En blanco: 10." in read(square.page())


def test_the_result_says_the_same_as_the_messages(square_on_both: Square) -> None:
    square = square_on_both
    square.published()
    text = read(square.page())
    facts = square.store.read(lambda unit: contests.facts(unit, "sm"))
    assert Wording(square.app.catalogues, Voice(), facts, "San Martín").won() in text
    for option in facts.options:
        assert option.votes == COUNTS[option.number]
        assert re.search(rf"{option.title} (Se eligió )?{option.votes} ", text)
    for outcome, reason in DECIDED.values():
        assert f"{reason}." in text, outcome
    assert "Eligieron 40 personas. Cada persona podía elegir hasta 3, por eso la suma es mayor." in text
    assert "Por SMS: 24. Por WhatsApp: 16." in text
    assert "Se decidió el jueves 12 nov." in text
    assert "Se contó a quienes participaron el jueves 12 nov." in text
    assert facts.contest.root is not None
    assert facts.contest.root.hex() in text
    assert "Esta huella reúne 40 recibos:" in text


def test_a_small_channel_hides_the_channels(square: Square) -> None:
    polls = square.choosing()
    polls.crowd((1,), (2,), (3,), channel="telegram")
    square.close()
    square.decide()
    text = read(square.page())
    assert "Por canal no se muestra: algún grupo es pequeño." in text
    assert "Por SMS:" not in text


def test_under_five_choices_no_number_by_option_is_shown(square: Square) -> None:
    from tests.choose.polls import Polls

    Polls.opened(square.town).crowd((1,), (1, 2), (3,), (2,))
    assert "Ya participaron menos de 5 personas." in read(square.page())
    square.close()
    assert "Participaron menos de 5 personas." in read(square.page())
    store = square.store
    facts = store.read(lambda unit: contests.facts(unit, "sm"))
    if facts.waiting:
        from bot.actions import contest

        store.do(lambda unit: contest.close_(unit, square.app.catalogues, "sm", "yaneth", "48213"))
    square.decide()
    page = square.page()
    text = read(page)
    assert "Contestaron menos de 5 personas." in text
    assert text.count("sin número") == 5
    assert "Esta huella reúne todos los recibos:" in text
    assert "/l/san-martin/sm.zip" not in page
    assert square.status("/l/san-martin/sm.zip") == 404


def test_anybody_can_count_again_from_the_file(square_on_both: Square) -> None:
    square = square_on_both
    square.choosing()
    square.close()
    assert square.status("/l/san-martin/sm.zip") == 404
    square.decide()
    assert 'href="/l/san-martin/sm.zip"' in square.page()
    first, second = (square.browser.get("/l/san-martin/sm.zip") for _ in range(2))
    assert first.headers["content-type"] == "application/zip"
    assert first.content == second.content
    facts = square.store.read(lambda unit: contests.facts(unit, "sm"))
    assert facts.contest.root is not None
    held = recount.unpack(first.content)
    assert facts.contest.root.hex().encode() in held["contest.json"]
    assert square.status("/l/otra/sm.zip") == 404


# --- a comarca ----------------------------------------------------------------------------------------------------


def test_a_comarca_without_authorisation_has_no_page(comarca: Square) -> None:
    assert comarca.status("/l/san-martin") == 404
    assert "San Martín" not in comarca.browser.get("/").text


def test_every_page_of_a_comarca_says_that_it_is_no_prior_consultation(comarca: Square) -> None:
    comarca.authorise("convene", "collect", "publish")
    assert PREVIA in read(comarca.page())
    assert PREVIA in read(comarca.browser.get("/").text)
    assert "does not replace prior consultation" in read(comarca.page("?lang=en"))
    comarca.published()
    assert PREVIA in read(comarca.page())
    for path in ("ideas", "cartel", "recibo", "recibo?codigo=X"):
        assert PREVIA in read(comarca.browser.get(f"/l/san-martin/{path}").text), path
    for path in ("sessions/sm1", "contests/sm", "ideas/san-martin", comarca.paths()[-1].removeprefix("/api/v1/")):
        assert comarca.data(path)["notice"] == PREVIA, path


def test_a_withdrawn_authorisation_hides_everything_at_once(comarca: Square) -> None:
    comarca.authorise("convene", "collect", "publish")
    comarca.published()
    before = {path: comarca.browser.get(path) for path in comarca.paths()}
    assert {path: answer.status_code for path, answer in before.items()} == dict.fromkeys(before, 200)
    comarca.withdraw()
    for path, answer in before.items():
        assert "no-cache" in answer.headers["cache-control"], "who has kept it asks again"
        assert comarca.status(path, **{"if-none-match": answer.headers["etag"]}) == 404, path
    assert "San Martín" not in comarca.browser.get("/").text


def test_a_community_that_lets_itself_be_convened_decides_apart_on_results(comarca: Square) -> None:
    comarca.authorise("convene", "collect")
    comarca.published()
    text = read(comarca.page())
    assert "Ganó" not in text
    assert "El resultado se publica" in text
    assert comarca.status("/l/san-martin/sm.zip") == 404


# --- how it is served ---------------------------------------------------------------------------------------------


def test_it_is_light_and_runs_no_script(square: Square) -> None:
    square.published()
    page = square.page()
    sheets = re.findall(r'<link rel="stylesheet" href="([^"]+)"', page)
    whole = len(page.encode()) + sum(len(square.browser.get(sheet).content) for sheet in sheets)
    assert whole < LIGHT
    assert len(sheets) + 2 <= 4, "with the page and its small icon"
    assert not re.search(r"<script|javascript:|\son\w+=|style=|<img|https?://(?!t\.me|wa\.me|www\.w3\.org)", page)


def test_it_sets_no_cookie_and_is_asked_for_again(square: Square) -> None:
    first = square.browser.get("/l/san-martin")
    assert "set-cookie" not in first.headers
    assert first.headers["cache-control"] == "public, no-cache"
    assert "accept-language" in first.headers["vary"].lower()
    same = square.browser.get("/l/san-martin", headers={"if-none-match": first.headers["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    square.town.change_session(place="Escuela")
    changed = square.browser.get("/l/san-martin", headers={"if-none-match": first.headers["etag"]})
    assert changed.status_code == 200
    assert changed.headers["etag"] != first.headers["etag"]


def test_looking_changes_nothing(square_on_both: Square) -> None:
    square = square_on_both
    square.published()
    before = everything(square.store)
    for path in ("/", *square.paths(), "/api/v1/labs", "/api/v1/openapi.json", "/l/nada"):
        square.browser.get(path)
        square.browser.head(path)
    assert everything(square.store) == before


def test_every_way_that_leads_on_is_there(square: Square) -> None:
    square.published()
    for path in ("/", "/l/san-martin", "/l/san-martin?lang=en"):
        for link in re.findall(r'(?:href|src)="(/[^"]*)"', square.browser.get(path).text):
            assert square.status(unescape(link)) == 200, link


@pytest.mark.parametrize(
    ("query", "header", "lang"),
    [
        ("", "", "es"),
        ("", "en-GB,en;q=0.9,es;q=0.5", "en"),
        ("", "es-PA,en;q=0.9", "es"),
        ("", "fr-FR,gym;q=0.9", "es"),
        ("", "fr,en;q=0", "es"),
        ("", ";;;q=x,,*", "es"),
        ("?lang=en", "es", "en"),
        ("?lang=xx", "en", "en"),
        ("?lang=EN-us", "", "en"),
        ("?lang=%00<script>", "", "es"),
    ],
)
def test_it_speaks_the_reader_s_language(square: Square, query: str, header: str, lang: str) -> None:
    page = square.page(query, **{"accept-language": header})
    assert f'<html lang="{lang}">' in page
    assert ("Next meeting" in page) is (lang == "en")
    assert "<script>" not in page


def test_the_languages_of_a_browser_are_read_by_weight() -> None:
    assert accepted("fr;q=0.2, en ; q=0.8,es") == ["es", "en", "fr"]
    assert accepted("") == []


def test_no_word_of_the_english_page_is_left_in_spanish(square: Square) -> None:
    square.published()
    text = re.sub(r'<(\w+)[^>]* lang="es"[^>]*>.*?</\1>', "", square.page("?lang=en"), flags=re.DOTALL)
    assert not re.search(r"(?i)\b(personas|reunión|eligieron|hasta|decidió|lugares|resultado)\b", read(text))


def test_the_front_page_lists_labs_with_their_pages(square_on_both: Square) -> None:
    square = square_on_both
    text = square.browser.get("/").text
    assert 'href="/l/san-martin?lang=es"' in text
    assert "sábado 21 nov, 3:30 pm" in read(text)
    assert "Para ir, escribir SANMARTIN." in read(text)


def test_a_lab_that_has_ended_keeps_its_page_and_invites_nobody(square: Square) -> None:
    square.published()
    square.change(t.lab, state="closed")
    text = read(square.page())
    assert "Ganó Agua potable" in text
    assert "Escribir esta palabra" not in text
    assert "Terminó. Aquí está lo que pasó." in read(square.browser.get("/").text)


# --- ways in ------------------------------------------------------------------------------------------------------


def test_telegram_s_name_is_kept_for_when_it_does_not_answer(store: Store) -> None:
    silent = {"simulator": Doors({})}
    assert store.read(lambda unit: entrances.known(unit, silent)) == {}
    told = Doors({"telegram": "ConvocaBot"})
    store.do(lambda unit: entrances.remember(unit, told, told.entrances()))
    assert store.read(lambda unit: entrances.known(unit, silent)) == {"telegram": "ConvocaBot"}
    assert store.read(lambda unit: entrances.known(unit, {})) == {}, "a channel that is off is no way in"


def test_links_hold_what_each_kind_of_phone_wants() -> None:
    ways = entrances.entrances({"sms": "+50760000002", "telegram": "Bot"}, "AÑO NUEVO", "lab-x")
    assert [way.link for way in ways] == ["sms:+50760000002?body=A%C3%91O%20NUEVO", "https://t.me/Bot?start=lab-x"]
    assert entrances.shown("+999") == "+999"


def test_the_town_s_lab_is_spoken_of(square: Square) -> None:
    assert [lab.slug for lab in square.store.read(labs.spoken_of)] == ["san-martin"]
