"""A plan file: what it may say, and how each fault names its line and what to do."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.errors import BadPlan
from bot.planfile import checks, lines, parse, read
from bot.planfile.checks import Known
from bot.planfile.model import fold
from bot.planfile.moments import moment, months

EXAMPLE = Path(__file__).parents[2] / "examples" / "panama.toml"
KNOWN = Known(
    is_word=lambda keyword: keyword in ("SALIR", "AYUDA"),
    methods=frozenset({"approval"}),
    langs=frozenset({"es", "en"}),
)
LAB = '[[lab]]\nslug = "a"\nname = "A"\nkeyword = "{}"\norganiser = "o"\nterritory = "t"\nkind = "new"\n'
SESSION = '[[session]]\ncode = "a1"\nlab = "a"\ntitle = "T"\nstarts_at = "+1d 10:00"\nplace = "P"\nuse = "u"\n'
CONTEST = '[[contest]]\nslug = "c"\nlab = "a"\ntitle = "Q"\n'


def faults(text: str) -> list[str]:
    """Every fault of a text, of its form or of what it says."""
    try:
        return checks.faults(parse(text, "plan.toml"), KNOWN)
    except BadPlan as bad:
        return list(bad.faults)


def test_the_example_has_no_fault() -> None:
    parsed = read(EXAMPLE)
    assert checks.faults(parsed, KNOWN) == []
    assert [lab.slug for lab in parsed.plan.lab][:2] == ["san-martin", "comarca-ejemplo"]
    assert len(parsed.plan.session) == 2 * len(parsed.plan.lab) == 16


# --- faults of form: (the text, the line it is told for, what is said)

FORM: list[tuple[str, int, str]] = [
    ("a = ", 1, "this is not TOML: invalid value"),
    ("[plan]\nslug = 'a'\nslug = 'b'", 3, "this is not TOML: cannot overwrite a value"),
    ('[plan]\ntitle = """\nopen', 3, "this is not TOML: unterminated string"),
    ("\n\ntitle = 'x'", 3, "title is not known at the top of the file"),
    ("[[sesion]]\ncode = 'a'", 1, "sesion is not known at the top of the file. Did you mean session?"),
    (SESSION + "plase = 'x'", 8, "plase is not known in [[session]]. Did you mean place?"),
    (
        "[plan]\nslug = 'a'\ntitle = 'b'\ncountry = 'PA'\nperiode = 'x'",
        5,
        "periode is not known in [plan]. Did you mean",
    ),
    (SESSION.replace('place = "P"\n', ""), 1, "this [[session]] lacks place. Add a line place = ..."),
    (SESSION.replace('"T"', '"T\\n"') + 'title2 = ""', 8, "title2 is not known"),
    (SESSION.replace('"T"', '"a\\u0000b"'), 4, "title has the wrong form"),
    (SESSION.replace('"T"', '" "'), 4, "title is empty"),
    (SESSION.replace('"P"', f'"{"p" * 31}"'), 6, "place is too long: at most 30 characters. Shorten it"),
    (SESSION.replace('"u"', f'"{"u" * 61}"'), 7, "use is too long: at most 60 characters"),
    (SESSION.replace('"a1"', '"A 1"'), 2, "'A 1' is not a slug"),
    (SESSION.replace('"a1"', f'"{"a" * 21}"'), 2, "code is too long: at most 20 characters"),
    (SESSION.replace('"a1"', "7"), 2, "code has the wrong kind of value"),
    (SESSION + "capacity = -1", 8, "capacity has the wrong kind of value: input should be greater than or equal to 0"),
    (SESSION + "capacity = '40'", 8, "capacity has the wrong kind of value: input should be a valid integer"),
    (SESSION + "capacity = true", 8, "capacity has the wrong kind of value: input should be a valid integer"),
    (SESSION + "state = 'cancelled'", 8, "state is not one of the words it may be. Write 'draft' or 'published'"),
    (SESSION.replace('"+1d 10:00"', '"mañana"'), 5, "'mañana' is not a date and an hour; write"),
    (SESSION.replace('"+1d 10:00"', "2026-11-21"), 5, "it lacks the hour"),
    (SESSION.replace('"+1d 10:00"', "3"), 5, 'write "2026-11-21 15:30"'),
    (LAB.format("AB"), 4, "'AB' can not be typed as one word; write 3 to 20 letters or digits"),
    (LAB.format("SAN-MARTIN"), 4, "can not be typed as one word"),
    (LAB.format("ÁÉÍ OU Ñ" + "X" * 15), 4, "can not be typed as one word"),
    (LAB.format("AAA") + "langs = []", 8, "langs is an empty list. Name at least one"),
    ("[[problem]]\nlab='a'\nslug='b'\ntitle='c'\nshort_title='Electricidad'", 5, "at most 10 characters"),
    (CONTEST + "options = [\n 'a',\n 'B',\n]", 5, "'B' is not a slug"),
    (CONTEST.replace('"c"', f'"{"c" * 51}"'), 2, "slug is too long: at most 50 characters"),
    ("session = 3", 1, "session is not written as a table. Write [[session]] above its lines"),
    ("[session]\ncode = 'a'", 1, "Write [[session]] above its lines"),
    ("[[plan]]\nslug = 'a'", 1, "Write [plan] above its lines"),
    ("[[territory]]\nslug='a'\nname='b'\nkind='country'\ncountry='Panamá'", 5, 'Write two capitals like "PA"'),
]


@pytest.mark.parametrize(("text", "line", "said"), FORM)
def test_a_fault_of_form_names_line_and_remedy(text: str, line: int, said: str) -> None:
    told = faults(text)
    assert any(fault.startswith(f"plan.toml, line {line}: ") and said in fault for fault in told), told


# --- faults of what it says

TWO_LABS = LAB.format("AAA") + LAB.format("BBB").replace('"a"', '"b"')
SENSE: list[tuple[str, int, str]] = [
    (LAB.format("AAA") * 2, 9, "this slug stands in line 2 already. Give each lab its own"),
    (LAB.format("AAA") + LAB.format("aaa").replace('"a"', '"b"'), 11, "this keyword stands in line 4 already"),
    (LAB.format("Ayuda"), 4, "AYUDA is a word of command that people write. Choose another keyword"),
    (LAB.format("AAA") + "langs = ['es', 'fr']", 8, "'fr' is not a language of this installation. Known: en, es"),
    (LAB.format("AAA") + "parent = 'a'", 8, "a lab can not follow itself"),
    (SESSION * 2, 9, "this code stands in line 2 already"),
    (CONTEST + "options = ['a', 'b', 'a']", 5, "an option is named twice"),
    (CONTEST + "options = ['a']", 5, "a contest has 2 to 15 options"),
    (CONTEST + "options = ['a', 'b']\nk = 3", 6, "k is more than the 2 options"),
    (CONTEST + "options = ['a', 'b', 'c']\nseats = 4", 6, "seats is more than the 3 options"),
    (CONTEST + "method = 'lottery'", 5, "there is no such way to choose. Write one of: approval"),
    (SESSION + CONTEST.replace('"a"', '"b"') + "session = 'a1'", 12, "this session belongs to another lab"),
    ("[[milestone]]\nnumber = '1'\ntitle = 'x'", 1, "a milestone needs a [plan]"),
    ("[[party]]\norganisation = 'a'\nrole = 'lead'", 1, "a party needs a [plan]"),
    (
        "[plan]\nslug='a'\ntitle='b'\ncountry='PA'\nstarts_on=2025-01-01\nends_on=2024-01-01",
        6,
        "the plan ends before it starts",
    ),
    ("[[territory]]\nslug='a'\nname='b'\nkind='country'\ntz='America/Panma'", 5, "'America/Panma' is no time zone"),
    ("[[territory]]\nslug='a'\nname='b'\nkind='country'\nparent='a'", 5, "this territory lies within itself"),
]


@pytest.mark.parametrize(("text", "line", "said"), SENSE)
def test_a_fault_of_sense_names_line_and_remedy(text: str, line: int, said: str) -> None:
    told = faults(text)
    assert any(fault.startswith(f"plan.toml, line {line}: ") and said in fault for fault in told), told


def test_all_faults_come_at_once_in_the_order_of_the_file() -> None:
    told = faults(TWO_LABS.replace('"new"', '"old"') + SESSION + "plase = 1\n" + CONTEST + "k = 99")
    assert [fault.split(":")[0] for fault in told] == [f"plan.toml, line {n}" for n in (7, 14, 22, 27)]


# --- files

BAD_FILES: list[tuple[bytes, str]] = [
    (b"# a\n# b\n\xff = 1", "line 3: there are letters that are not UTF-8"),
    (b"#" * 2_000_001, "is larger than 2 MB"),
]


@pytest.mark.parametrize(("content", "said"), BAD_FILES)
def test_a_file_that_is_no_text_is_told(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "plan.toml").write_bytes(content)
    with pytest.raises(BadPlan, match=said):
        read(tmp_path / "plan.toml")


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(BadPlan, match="can not be read"):
        read(tmp_path / "absent.toml")
    with pytest.raises(BadPlan, match="can not be read"):
        read(tmp_path)


def test_a_mark_at_the_start_and_windows_lines_do_no_harm(tmp_path: Path) -> None:
    (tmp_path / "plan.toml").write_bytes(b"\xef\xbb\xbf" + SESSION.replace("\n", "\r\n").encode())
    assert read(tmp_path / "plan.toml").plan.session[0].code == "a1"


# --- lines of tables and keys

TRICKY = '''\
title = "x" # [[no]]
list = [ # a comment ]
  "a]", {b = 1},
  "c",
]
[a."b.c"]
d.e = 1
text = """
[[fake]]
f = 1
""\\" still"""
raw = \'\'\'
g = 2
\'\'\'
[[many]]
x = 1
[many.inner]
y = 2
[[many.deep]]
z = 3
[[many.deep]]
z = 4
[[many]]
x = 5
[[many.deep]]
z = 6
'''


def test_lines_are_found_in_a_tricky_text() -> None:
    found = lines.line_map(TRICKY)
    assert found == {
        ("title",): 1,
        ("list",): 2,
        ("a", "b.c"): 6,
        ("a", "b.c", "d", "e"): 7,
        ("a", "b.c", "text"): 8,
        ("a", "b.c", "raw"): 12,
        ("many", 0): 15,
        ("many", 0, "x"): 16,
        ("many", 0, "inner"): 17,
        ("many", 0, "inner", "y"): 18,
        ("many", 0, "deep", 0): 19,
        ("many", 0, "deep", 0, "z"): 20,
        ("many", 0, "deep", 1): 21,
        ("many", 0, "deep", 1, "z"): 22,
        ("many", 1): 23,
        ("many", 1, "x"): 24,
        ("many", 1, "deep", 0): 25,
        ("many", 1, "deep", 0, "z"): 26,
    }


def test_what_has_no_line_has_that_of_what_holds_it() -> None:
    found = lines.line_map(TRICKY)
    assert lines.line_of(found, ("list", 2)) == 2
    assert lines.line_of(found, ("many", 1, "absent")) == 23
    assert lines.line_of(found, ("absent",)) == 1


@given(st.text(alphabet="ab=[]{}\"'\\#\n .1", max_size=60))
def test_no_text_breaks_the_search_for_lines_or_the_reading(text: str) -> None:
    lines.line_map(text)
    for fault in faults(text):
        assert fault.startswith("plan.toml, line ")


# --- moments

NOW = datetime(2026, 11, 20, 3, 30, 40, tzinfo=UTC)  # 22:30 on the 19th in Panama
PANAMA = timezone(timedelta(hours=-5))
MOMENTS: list[tuple[Any, datetime]] = [
    ("+0d 15:30", datetime(2026, 11, 19, 15, 30, tzinfo=PANAMA)),
    ("+10d 15:30", datetime(2026, 11, 29, 15, 30, tzinfo=PANAMA)),
    ("-3d 09:00", datetime(2026, 11, 16, 9, 0, tzinfo=PANAMA)),
    ("+2h", datetime(2026, 11, 20, 0, 30, tzinfo=PANAMA)),
    ("-1h", datetime(2026, 11, 19, 21, 30, tzinfo=PANAMA)),
    ("2026-11-21 15:30", datetime(2026, 11, 21, 15, 30, tzinfo=PANAMA)),
    ("2026-11-21T15:30", datetime(2026, 11, 21, 15, 30, tzinfo=PANAMA)),
    ("2026-11-21T15:30:00Z", datetime(2026, 11, 21, 15, 30, tzinfo=UTC)),
    (datetime(2026, 11, 21, 15, 30), datetime(2026, 11, 21, 15, 30, tzinfo=PANAMA)),  # noqa: DTZ001  # as TOML gives it
    (datetime(2026, 11, 21, 15, 30, tzinfo=UTC), datetime(2026, 11, 21, 15, 30, tzinfo=UTC)),
]


@pytest.mark.parametrize(("written", "meant"), MOMENTS)
def test_moments_are_read_in_the_zone_of_the_territory(written: Any, meant: datetime) -> None:
    assert moment(written).at(NOW, "America/Panama") == meant


def test_an_hour_stays_the_hour_when_the_clocks_change() -> None:
    before = datetime(2026, 9, 1, 12, tzinfo=UTC)  # Chile goes from -4 to -3 on 6 September 2026
    assert moment("+10d 15:30").at(before, "America/Santiago") == datetime(2026, 9, 11, 18, 30, tzinfo=UTC)
    assert moment("+3d 15:30").at(before, "America/Santiago") == datetime(2026, 9, 4, 19, 30, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    ["", "10d 15:30", "+1d", "+1d 25:00", "+1d 1:60", "+99999d 10:00", "2026-11-21", "21/11/2026", "+1h 10:00"],
)
def test_other_texts_are_no_moment(written: str) -> None:
    with pytest.raises(ValueError, match="is not a date and an hour"):
        moment(written)


MONTHS: list[tuple[str, tuple[date, date] | None]] = [
    ("Marzo 2024", (date(2024, 3, 1), date(2024, 3, 31))),
    ("feb. 2024", (date(2024, 2, 1), date(2024, 2, 29))),
    ("junio de 2023", (date(2023, 6, 1), date(2023, 6, 30))),
    ("Septiembre 2023 - Agosto 2025", (date(2023, 9, 1), date(2025, 8, 31))),
    ("Agosto 2025 - Septiembre 2023", None),
    ("Nov - dic", None),
    ("martes 2024", None),
    ("2024", None),
    ("", None),
]


@pytest.mark.parametrize(("written", "meant"), MONTHS)
def test_months_are_read_and_never_forced(written: str, meant: tuple[date, date] | None) -> None:
    assert months(written) == meant


# --- keywords, warnings

KEYWORDS = [("San Martín", "SANMARTIN"), ("ñandú", "NANDU"), ("seguimiento 1", "SEGUIMIENTO1"), ("SM1", "SM1")]


@pytest.mark.parametrize(("written", "kept"), KEYWORDS)
def test_keywords_are_folded(written: str, kept: str) -> None:
    assert fold(written) == kept
    assert parse(LAB.format(written), "plan.toml").plan.lab[0].keyword == kept


def test_a_milestone_before_its_plan_is_told_and_is_no_fault() -> None:
    told = checks.warnings(read(EXAMPLE))
    assert len(told) == 1
    assert "milestone 3 is due 'Junio 2023', before the plan begins (Septiembre 2023 - Agosto 2025)" in told[0]


def test_a_deadline_in_loose_words_warns_of_nothing() -> None:
    text = EXAMPLE.read_text(encoding="utf-8").replace("Junio 2023", "Nov - dic")
    assert checks.warnings(parse(text, "plan.toml")) == []
