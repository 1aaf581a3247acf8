"""Sealed values, fingerprints and the key ring."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import LargeBinary, create_engine, insert, select, type_coerce, update

from storage.sealed import BadKey, KeyRing, Sealed
from storage.store import Store, Unit
from storage.tables import metadata, person

OLD, NEW = "the-old-secret-of-thirty-two-characters", "the-new-secret-of-thirty-two-characters"


def ana(unit: Unit) -> None:
    unit.db.execute(insert(person).values(token="P-ANA", name="Ana Ñurí", created_at=unit.now))


def raw_name(unit: Unit) -> bytes:
    return bytes(unit.db.execute(select(type_coerce(person.c.name, LargeBinary))).scalar_one())


def test_a_name_is_sealed_in_the_database_and_open_to_us(store: Store) -> None:
    store.do(ana)
    assert store.read(lambda unit: unit.db.execute(select(person.c.name)).scalar()) == "Ana Ñurí"
    assert b"Ana" not in store.read(raw_name)


def test_nothing_stays_nothing(store: Store) -> None:
    store.do(ana)
    store.do(lambda unit: unit.db.execute(update(person).values(name=None)).rowcount)
    assert store.read(lambda unit: unit.db.execute(select(person.c.name)).scalar()) is None


def test_a_store_with_another_key_reads_nothing(store: Store, database_url: str, secret: str) -> None:
    store.do(ana)
    with Store(database_url, NEW) as stranger, pytest.raises(BadKey, match=r"person\.name.*CONVOCA_SECRET_KEY"):
        stranger.read(lambda unit: unit.db.execute(select(person.c.name)).scalar())
    with Store(database_url, f"{NEW},{secret}") as heir:
        assert heir.read(lambda unit: unit.db.execute(select(person.c.name)).scalar()) == "Ana Ñurí"


def test_an_engine_without_a_ring_says_so(database_url: str, store: Store) -> None:
    engine = create_engine(store.url.set(drivername="postgresql+psycopg") if "postgres" in database_url else store.url)
    store.do(ana)
    with engine.connect() as db, pytest.raises(BadKey, match="no key ring"):
        db.execute(select(person.c.name)).scalar()
    engine.dispose()


def test_every_sealed_column_is_bound_to_its_own_place() -> None:
    sealed = {
        f"{table.name}.{column.name}": column.type.place
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Sealed)
    }
    assert sealed
    assert all(place == name for name, place in sealed.items())


@given(st.text())
def test_what_is_sealed_opens_again_with_any_text(text: str) -> None:
    text = text.encode("utf-8", "replace").decode()
    ring = KeyRing(OLD)
    assert KeyRing(f"{NEW} {OLD}").open(ring.seal(text, "a.b"), "a.b") == text


@given(st.integers(min_value=0), st.integers(min_value=1, max_value=255))
def test_a_changed_byte_is_noticed(place: int, change: int) -> None:
    sealed = bytearray(KeyRing(OLD).seal("Ana", "a.b"))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(BadKey):
        KeyRing(OLD).open(bytes(sealed), "a.b")


@pytest.mark.parametrize("short", [b"", b"\x01", b"\x01" + KeyRing(OLD).current.id.encode()])
def test_a_value_cut_short_is_noticed(short: bytes) -> None:
    with pytest.raises(BadKey):
        KeyRing(OLD).open(short, "a.b")


def test_a_value_moved_to_another_column_is_noticed() -> None:
    ring = KeyRing(OLD)
    with pytest.raises(BadKey, match=r"c\.d does not open"):
        ring.open(ring.seal("Ana", "a.b"), "c.d")


def test_the_same_text_is_never_sealed_alike() -> None:
    ring = KeyRing(OLD)
    assert ring.seal("Ana", "a.b") != ring.seal("Ana", "a.b")


def test_ids_and_fingerprints_stay_what_they_are() -> None:
    """Known answers: a change of these would make every database unreadable."""
    ring = KeyRing(OLD)
    assert ring.current.id == "d663723e"
    assert (
        ring.fingerprint("sms", "+50760000001")
        == "d663723e:fb850ade7bb679a77fd8a4ea9f4639e5597acf59d424ef2530b427d26191a348"
    )


def test_a_fingerprint_tells_its_key_and_channel() -> None:
    ring = KeyRing(f"{NEW},{OLD}")
    marks = ring.fingerprints("sms", "+50760000001")
    assert [mark.split(":")[0] for mark in marks] == [key.id for key in ring.keys]
    assert marks[0] == ring.fingerprint("sms", "+50760000001") != ring.fingerprint("whatsapp", "+50760000001")


def test_a_key_does_not_show_itself() -> None:
    key = KeyRing(OLD).current
    assert repr(key) == f"Key(id='{key.id}')"


@pytest.mark.parametrize("secrets", ["", " , ", "short", f"{OLD},short"])
def test_a_bad_secret_is_refused(secrets: str) -> None:
    with pytest.raises(BadKey):
        KeyRing(secrets)
