"""`convoca check` tells an operator how the installation stands, and what to do where it does not stand well."""

from __future__ import annotations

import shutil
import socket
import ssl
import threading
from collections import namedtuple
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from sqlalchemy import Table, update

from bot import metrics
from bot.terminal import certificate, doctor
from storage import tables as t
from storage.figures import figures
from storage.store import Store, Unit
from storage.vitals import Failed, Standing, Vitals, note_backup, vitals
from tests.conftest import Clock
from tests.kit import Town
from tests.plan.test_cli import Shell, bare, shell
from tests.sending.pretend import FakeChannel, address_of, open_senders, reply_to

__all__ = ["bare", "shell"]  # fixtures

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
WELL = Vitals(now=NOW, since=NOW - timedelta(days=90), backup=NOW, believed=True, failed=None, standing=())


def to_do(**changed: object) -> str:
    """What is said to be done where this is so."""
    found = doctor.judged(replace(WELL, **changed), NOW)  # type: ignore[arg-type]
    return " ".join(one.to_do for one in found if one.to_do)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, ""),
        ({"now": NOW + timedelta(seconds=4)}, ""),
        ({"now": NOW - timedelta(seconds=90)}, "90 seconds"),
        ({"believed": False}, "nothing is erased meanwhile"),
        ({"backup": NOW - timedelta(hours=47)}, ""),
        ({"backup": NOW - timedelta(days=3)}, "The newest backup is of 2026-11-19 12:00 UTC"),
        ({"backup": None}, "No backup was made yet"),
        ({"backup": None, "since": NOW - timedelta(hours=5)}, ""),
        ({"backup": None, "since": None}, ""),
        ({"failed": Failed(3, NOW, "9f3a")}, "error 9f3a"),
        (
            {"standing": [Standing("twilio:sms", 47, timedelta(minutes=25))]},
            "47 of twilio:sms wait, the oldest 25 minutes",
        ),
    ],
)
def test_what_is_to_be_done(changed: dict[str, object], told: str) -> None:
    said = to_do(**changed)
    assert told in said
    assert bool(said) == bool(told)


def test_a_full_disk_is_told_before_it_is_full(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = namedtuple("usage", "total used free")
    url = f"sqlite:///{tmp_path}/convoca.db"
    monkeypatch.setattr(shutil, "disk_usage", lambda _folder: usage(10**11, 10**11 - 3 * 10**8, 3 * 10**8))
    (found,) = doctor.room(url)
    assert "Only 300.0 MB free" in found.to_do
    assert list(doctor.room("postgresql+psycopg://localhost/convoca")) == []


def test_an_empty_installation_stands_well(store: Store) -> None:
    found = store.read(vitals)
    assert (found.since, found.backup, found.believed, found.failed, list(found.standing)) == (
        None,
        None,
        True,
        None,
        [],
    )


def test_messages_that_failed_are_told_for_a_week(store: Store, clock: Clock) -> None:
    town = Town.on(store)
    town.phone().say("SANMARTIN")

    store.do(lambda unit: _set(unit, t.inbound, state="failed", error_id="9f3a"))
    failed = store.read(vitals).failed
    assert failed is not None
    assert (failed.messages, failed.error_id) == (1, "9f3a")
    clock.forward(days=8)
    assert store.read(vitals).failed is None


def test_a_queue_that_nobody_empties_is_told_unless_its_sender_has_stopped(store: Store, clock: Clock) -> None:
    via = open_senders(store, FakeChannel())["telegram"]
    store.do(lambda unit: reply_to(unit, via, address_of(unit, "a")))
    assert store.read(vitals).standing == []
    clock.forward(minutes=25)
    (one,) = store.read(vitals).standing
    assert (one.sender, one.messages, round(one.oldest.total_seconds() / 60)) == ("fake:telegram", 1, 25)
    store.do(lambda unit: _set(unit, t.outbox, started_at=unit.now))  # it tries: the provider is slow
    assert store.read(vitals).standing == []
    clock.forward(minutes=25)
    assert store.read(vitals).standing
    store.do(lambda unit: _set(unit, t.sender, halted_at=unit.now, halted_why="no credit"))
    assert store.read(vitals).standing == []


def _set(unit: Unit, table: Table, **values: object) -> None:
    unit.db.execute(update(table).values(values))


def test_a_backup_is_remembered(shell: Shell) -> None:
    shell.say("migrate")
    assert shell.say("check") == 0
    assert "none yet" in shell.out
    assert shell.say("backup", "--to", "kept") == 0
    assert shell.out.rstrip().endswith(".zip")
    assert shell.say("check") == 0
    assert "none yet" not in shell.out
    assert f"{datetime.now(UTC):%Y-%m-%d}" in next(line for line in shell.out.splitlines() if "Backup" in line)


def test_its_moment_is_a_figure_for_alerts(store: Store) -> None:
    assert b"\nconvoca_last_backup_seconds " not in metrics.render(store.read(figures))
    store.do(lambda unit: note_backup(unit, NOW))
    text = metrics.render(store.read(figures)).decode()
    (line,) = [line for line in text.splitlines() if line.startswith("convoca_last_backup_seconds")]
    assert float(line.split()[1]) == NOW.timestamp()


# ---- the certificate


@contextmanager
def served(folder: Path, days: int) -> Iterator[tuple[str, ssl.SSLContext]]:
    """An https address of this machine whose certificate ends in so many days, and who trusts it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "127.0.0.1")])
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
        .not_valid_before(datetime.now(UTC) - timedelta(days=100))
        .not_valid_after(datetime.now(UTC) + timedelta(days=days, hours=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    pem = folder / "made.pem"
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    pem.write_bytes(secret + made.public_bytes(serialization.Encoding.PEM))
    shows = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    shows.load_cert_chain(pem)
    with socket.create_server(("127.0.0.1", 0)) as door:
        guests = threading.Thread(target=_greet, args=(door, shows), daemon=True)
        guests.start()
        yield f"https://127.0.0.1:{door.getsockname()[1]}", ssl.create_default_context(cafile=str(pem))
    guests.join(5)


def _greet(door: socket.socket, shows: ssl.SSLContext) -> None:
    try:
        guest, _address = door.accept()
        with guest, shows.wrap_socket(guest, server_side=True):
            pass
    except OSError:
        pass  # the guest did not trust us, or the door was shut


def _told(monkeypatch: pytest.MonkeyPatch, url: str, trusted: ssl.SSLContext | None) -> doctor.Found:
    real = certificate.until
    monkeypatch.setattr(certificate, "until", lambda address: real(address, trusted))
    (found,) = doctor._certificate(url, datetime.now(UTC))
    return found


@pytest.mark.parametrize(("days", "told"), [(60, ""), (5, "look why it is not renewed"), (-1, "expired")])
def test_the_end_of_the_certificate_is_told_in_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: int, told: str
) -> None:
    with served(tmp_path, days) as (url, trusted):
        found = _told(monkeypatch, url, trusted)
    assert told in found.to_do
    assert bool(found.to_do) == bool(told)


def test_a_certificate_that_nobody_vouches_for_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with served(tmp_path, 60) as (url, _trusted):
        assert "is not accepted" in _told(monkeypatch, url, None).to_do


def test_where_nothing_answers_nothing_is_claimed(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as door:
        url = f"https://127.0.0.1:{door.getsockname()[1]}"
    found = _told(monkeypatch, url, None)
    assert (found.to_do, "was not reached from here" in found.how) == ("", True)


def test_an_address_without_a_certificate_is_not_looked_at() -> None:
    assert list(doctor._certificate("http://127.0.0.1:8000", NOW)) == []
