"""Faults of a plan that only the database shows: each names its line, and nothing is changed."""

from __future__ import annotations

import pytest

from bot.errors import BadPlan
from storage.store import Store
from tests.plan.plans import BASE, Loader, everything

FAULTS = [
    (
        'organiser = "junta"',
        'organiser = "junat"',
        19,
        "there is no organisation 'junat' in this file or in the database",
    ),
    ('organiser = "junta"', 'organiser = "junat"', 19, "Did you mean 'junta'?"),
    ('territory = "pueblo"', 'territory = "aldea"', 20, "there is no territory 'aldea'"),
    ('parent = "panama"', 'parent = "peru"', 14, "there is no territory 'peru'"),
    ('code = "p1"\nlab = "pueblo"', 'code = "p1"\nlab = "x"', 26, "there is no lab 'x'"),
    ('["luz", "agua"]', '["luz", "gas"]', 50, "there is no problem 'gas'"),
    ('session = "p1"', 'session = "p9"', 46, "there is no session 'p9'"),
    ('country = "PA"\n', "", 5, "panama has no country"),
    ('"Junta de Ejemplo"', f'"{"J" * 31}"', 2, "has a long name. Add short_name"),
    ('keyword = "Pueblo Nuevo"', 'keyword = "Salir"', 18, "SALIR is a word of command"),
    ('keyword = "Pueblo Nuevo"', 'keyword = "Inscribir"', 18, "INSCRIBIR is a word of command"),
    ('kind = "new"', 'kind = "new"\nlangs = ["xx"]', 22, "'xx' is not a language of this installation"),
]


def test_faults_name_their_line_and_change_nothing(store: Store, load: Loader) -> None:
    for old, new, line, said in FAULTS:
        assert old in BASE
        with pytest.raises(BadPlan) as bad:
            load(BASE.replace(old, new))
        told = bad.value.faults
        assert any(fault.startswith(f"plan.toml, line {line}: ") and said in fault for fault in told), told
    assert not any(rows for name, rows in everything(store).items() if name != "setting")


def test_every_name_that_leads_nowhere_is_told_at_once(load: Loader) -> None:
    with pytest.raises(BadPlan) as bad:
        load(BASE.replace('organiser = "junta"', 'organiser = "x"').replace('["luz", "agua"]', '["gas", "sol"]'))
    assert len(bad.value.faults) == 3


OTHER = BASE.replace('"pueblo"', '"aldea"').replace('"Pueblo Nuevo"', '"Aldea"')
TAKEN = [
    (
        OTHER.replace('"Aldea"', '"pueblo nuevo"').replace('"p1"', '"a1"').replace('"p"', '"a"'),
        "has this keyword already",
    ),
    (OTHER.replace('slug = "p"', 'slug = "a"'), "this is a session of 'pueblo'"),
    (OTHER.replace('"p1"', '"a1"'), "this is a contest of 'pueblo'"),
    (
        '[[contest]]\nslug = "z"\nlab = "pueblo"\ntitle = "Q"\nsession = "a1"\n'
        + OTHER.replace('slug = "p"', 'slug = "a"').replace('"p1"', '"a1"'),
        "this session belongs to another lab",
    ),
    ('[[territory]]\nslug = "panama"\nname = "P"\nkind = "country"\nparent = "pueblo"\n', "lies within itself"),
]


def test_names_taken_by_an_earlier_file_are_told(load: Loader) -> None:
    load(BASE)
    for text, said in TAKEN:
        with pytest.raises(BadPlan, match=said):
            load(text)


def test_two_labs_do_not_swap_their_keywords(load: Loader) -> None:
    load(BASE)
    load(OTHER.replace('"p1"', '"a1"').replace('slug = "p"', 'slug = "a"'))
    with pytest.raises(BadPlan, match="has this keyword already"):
        load(BASE.replace('"Pueblo Nuevo"', '"Aldea"'))
