"""Keys: made, checked at start, renewed, let go."""

from __future__ import annotations

import os
import stat
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine, LargeBinary, event, func, insert, select, type_coerce, update

from storage import keys, people
from storage.sealed import BadKey, KeyRing, MissingKey
from storage.store import Store, Unit
from storage.tables import address, consent, key, person, suppression
from storage.trouble import TROUBLE

OLD, NEW = "the-old-secret-of-thirty-two-characters", "the-new-secret-of-thirty-two-characters"
OLD_ID, NEW_ID = KeyRing(OLD).current.id, KeyRing(NEW).current.id
PEOPLE = 23
LEFT = PEOPLE + 1  # she is suppressed, and her address is wiped


def phone(n: int) -> str:
    return f"+5076{n:07}"


def fill(unit: Unit) -> None:
    """People with a name, a phone and a consent; one address wiped, two suppressed."""
    for n in range(PEOPLE):
        unit.db.execute(insert(person).values(token=f"P-{n}", name=f"Ana {n}", created_at=unit.now))
    for n in range(PEOPLE + 2):
        mark = unit.ring.fingerprint("sms", phone(n))
        value = phone(n) if n < PEOPLE else None
        row = {"channel": "sms", "fingerprint": mark, "value": value, "created_at": unit.now}
        unit.db.execute(insert(address).values(**row))
        given = {"purpose": "lab", "text_version": "1", "text": "¿Aceptas?", "lang": "es", "channel": "sms"}
        unit.db.execute(insert(consent).values(fingerprint=mark, at=unit.now, answer=True, **given))
    for n in (0, LEFT):
        row = {"channel": "sms", "fingerprint": unit.ring.fingerprint("sms", phone(n)), "reason": "left"}
        unit.db.execute(insert(suppression).values(at=unit.now, **row))


@pytest.fixture
def old(database_url: str) -> str:
    """A database sealed with the old key."""
    with Store(database_url, OLD) as store:
        keys.check(store)
        store.do(fill)
    return database_url


def everything(unit: Unit) -> list[object]:
    """What people would read, and what finds whom: the same before and after a rekey."""
    names = unit.db.execute(select(person.c.name).order_by(person.c.id)).scalars().all()
    phones = unit.db.execute(select(address.c.value).order_by(address.c.id)).scalars().all()
    found = [
        unit.db.execute(
            select(func.count())
            .select_from(address.join(consent, consent.c.fingerprint == address.c.fingerprint))
            .where(address.c.fingerprint.in_(unit.ring.fingerprints("sms", phone(n))))
        ).scalar()
        for n in range(PEOPLE + 2)
    ]
    joined = select(func.count()).select_from(
        address.join(suppression, suppression.c.fingerprint == address.c.fingerprint)
    )
    return [*names, *phones, *found, unit.db.execute(joined).scalar()]


def known_ids(unit: Unit) -> set[str]:
    return set(unit.db.execute(select(key.c.id)).scalars())


def test_the_first_start_remembers_its_key(store: Store) -> None:
    keys.check(store)
    keys.check(store)
    assert store.read(known_ids) == {store.ring.current.id}


def test_a_start_without_the_old_key_is_refused_with_what_to_do(old: str) -> None:
    with Store(old, NEW) as store:
        with pytest.raises(BadKey, match=rf"{OLD_ID}.*behind the new one.*convoca rekey") as refused:
            keys.check(store)
        assert store.read(known_ids) == {OLD_ID}
    assert NEW not in str(refused.value)


def test_a_start_with_both_keys_remembers_both(old: str) -> None:
    with Store(old, f"{NEW} {OLD}") as store:
        keys.check(store)
        assert store.read(known_ids) == {OLD_ID, NEW_ID}


def test_processes_that_start_at_once_agree(old: str) -> None:
    stores = [Store(old, f"{NEW} {OLD}") for _ in range(4)]
    threads = [threading.Thread(target=keys.check, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert stores[0].read(known_ids) == {OLD_ID, NEW_ID}
    for store in stores:
        store.close()


def test_rekey_changes_every_seal_and_no_meaning(old: str) -> None:
    with Store(old, f"{NEW},{OLD}") as store:
        keys.check(store)
        before = store.read(everything)
        changed = keys.rekey(store, batch=4)
        assert store.read(everything) == before
        assert changed == 3 * PEOPLE  # name, phone, fingerprint
        seals = select(func.substr(type_coerce(person.c.name, LargeBinary), 2, 8, type_=LargeBinary)).distinct()
        assert [bytes(s) for s in store.read(lambda u: u.db.execute(seals).scalars().all())] == [NEW_ID.encode()]
        assert keys.rekey(store) == 0


def test_a_process_without_the_newer_key_takes_nobody_for_a_stranger(old: str) -> None:
    """It was not started again before the rekey: it can find nobody, and must not begin with her anew."""
    with Store(old, OLD) as running, Store(old, f"{NEW},{OLD}") as store:
        keys.check(store)
        keys.rekey(store)
        before = store.read(everything)
        with pytest.raises(MissingKey) as found_nobody:
            running.do(lambda unit: people.lock_address(unit, "sms", phone(1)))
        with pytest.raises(MissingKey) as read_nothing:
            running.read(everything)
        for trouble in (found_nobody.value, read_nothing.value):
            assert isinstance(trouble, TROUBLE), "providers deliver again"
        assert store.read(everything) == before
        assert store.do(lambda unit: people.lock_address(unit, "sms", phone(1))).value == phone(1)


def test_the_old_key_is_kept_only_for_what_can_not_be_computed_anew(old: str) -> None:
    with Store(old, f"{NEW},{OLD}") as store:
        keys.check(store)
        keys.rekey(store)
        new, rest = keys.report(store)
        assert (rest.id, rest.current, rest.held) == (OLD_ID, False, True)
        assert rest.needed_by == {"address.fingerprint": 2, "consent.fingerprint": 2, "suppression.fingerprint": 1}
        assert (new.id, new.current) == (NEW_ID, True)
        assert new.needed_by["person.name"] == PEOPLE
        assert store.read(known_ids) == {OLD_ID, NEW_ID}


def test_a_key_that_nothing_needs_is_let_go(database_url: str) -> None:
    with Store(database_url, OLD) as store:
        keys.check(store)
        store.do(lambda unit: unit.insert_new(person, token="P-1", name="Ana", created_at=unit.now))
    with Store(database_url, f"{NEW},{OLD}") as store:
        keys.check(store)
        keys.rekey(store)
        assert store.read(known_ids) == {NEW_ID}
    with Store(database_url, NEW) as store:
        keys.check(store)
        assert store.read(lambda unit: unit.db.execute(select(person.c.name)).scalar()) == "Ana"


def test_a_rekey_that_was_broken_off_goes_on(old: str) -> None:
    class Stopped(Exception):
        pass

    with Store(old, f"{NEW},{OLD}") as store:
        keys.check(store)
        before = store.read(everything)
        statements = 0

        def stop(*_: object) -> None:
            nonlocal statements
            statements += 1
            if statements > 25:
                raise Stopped

        event.listen(Engine, "before_cursor_execute", stop)
        try:
            with pytest.raises(Stopped):
                keys.rekey(store, batch=4)
        finally:
            event.remove(Engine, "before_cursor_execute", stop)
        assert store.read(everything) == before
        assert 0 < keys.rekey(store, batch=4) < 3 * PEOPLE
        assert store.read(everything) == before


def rename(n: int) -> Callable[[Unit], int]:
    return lambda unit: unit.db.execute(update(person).where(person.c.id == n).values(name=f"Eva {n}")).rowcount


def test_a_name_changed_while_it_is_sealed_anew_is_not_lost(old: str) -> None:
    with Store(old, f"{NEW},{OLD}") as store:
        futures = [store.write(rename(n)) for n in range(1, PEOPLE + 1)]
        keys.rekey(store, batch=3)
        assert [future.result(30) for future in futures] == [1] * PEOPLE
        read = store.read(lambda unit: unit.db.execute(select(person.c.name).order_by(person.c.id)).scalars().all())
        assert read == [f"Eva {n}" for n in range(1, PEOPLE + 1)]


def test_a_new_secret_is_long_and_never_the_same() -> None:
    assert len({keys.new_secret() for _ in range(20)}) == 20
    assert len(KeyRing(keys.new_secret()).keys) == 1


def test_a_key_file_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    path = tmp_path / "data" / "secret.key"
    secret = keys.key_file(path)
    assert keys.key_file(path) == secret == path.read_text().strip()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(path.parent) == ["secret.key"]


def test_who_makes_the_key_file_at_once_gets_the_same_secret(tmp_path: Path) -> None:
    path, got = tmp_path / "secret.key", set[str]()
    threads = [threading.Thread(target=lambda: got.add(keys.key_file(path))) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert len(got) == 1


def test_a_key_file_that_others_may_read_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "secret.key"
    keys.key_file(path)
    path.chmod(0o644)
    with pytest.raises(BadKey, match="chmod 600"):
        keys.key_file(path)
