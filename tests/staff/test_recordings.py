"""A voice note reaches who of the team is asked to hear it: by the same bot, or as a file from its provider."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from bot.actions import recording
from bot.errors import Refused, SendError
from bot.message import Media
from bot.terminal import recordings
from storage import tables as t
from storage.store import Store
from tests.kit import parts
from tests.staff.crew import Crew

WORDS = parts().catalogues
NOTE = Media(kind="voice", ref="AwACAgEAAxkBAAIBY2V0-made_up", seconds=23)
OGG = b"OggS" + b"\0" * 60


def spoken(store: Store, channel: str = "telegram", *notes: Media) -> Crew:
    """Elena has sent these voice notes; F is of the team, on Telegram."""
    crew = Crew(store)
    phone = crew.town.phone(channel, "C")
    crew.said(phone, "SANMARTIN", "1", "Elena", "1", "1")
    for note in notes or (NOTE,):
        phone.say(media=note)
    crew.join("F")
    return crew


def enclosed(crew: Crew) -> list[Media | None]:
    """What went along with each message, in order."""
    bodies = [json.loads(row.body) for row in crew.town.rows(t.outbox, "body") if row.body]
    return [Media(**body["media"]) if "media" in body else None for body in bodies]


def test_on_telegram_the_recording_comes_with_the_question_and_once(store: Store) -> None:
    crew = spoken(store)
    text = crew.said(crew.town.phones["F"], "RESPONDER")
    told = "El audio viene aquí. Si no llega, pide el audio 1 a quien cuida el sistema."
    assert text.startswith(f"Elena. Mandó un audio. {told}")
    assert enclosed(crew)[-1] == NOTE
    crew.said(crew.town.phones["F"], "2")
    assert enclosed(crew)[-1] is None


def test_the_newest_of_several_comes_and_the_others_are_counted(store: Store) -> None:
    second = Media(kind="voice", ref="AwACAgEAAxkBAAIBZ2V0-made_up", seconds=5)
    crew = spoken(store, "telegram", NOTE, second)
    told = "Son 2 audios. Para oír todos, pide el audio 1 a quien cuida el sistema."
    assert told in crew.said(crew.town.phones["F"], "RESPONDER")
    assert enclosed(crew)[-1] == second


@pytest.mark.parametrize(
    ("channel", "note", "said"),
    [
        ("whatsapp", NOTE, "Para oírlo, pide el audio 1 a quien cuida el sistema."),
        ("telegram", Media(kind="voice"), "El audio no llegó hasta aquí."),
    ],
)
def test_elsewhere_it_says_in_words_where_it_is_heard(store: Store, channel: str, note: Media, said: str) -> None:
    crew = spoken(store, channel, note)
    assert said in crew.said(crew.town.phones["F"], "RESPONDER")
    assert not any(enclosed(crew))


def test_a_picture_leaves_no_handle(store: Store) -> None:
    crew = Crew(store)
    crew.town.phone("telegram", "X").say(media=Media(kind="photo", ref=NOTE.ref))
    assert NOTE.ref not in str([row.payload for row in crew.town.rows(t.inbound, "payload")])


def test_after_thirty_days_nothing_leads_to_it(store: Store) -> None:
    crew = spoken(store)
    store.do(lambda unit: unit.db.execute(t.inbound.update().values(payload=None)))
    with pytest.raises(Refused, match="no mandó un audio que se pueda oír"):
        store.do(lambda unit: recording.of(unit, WORDS, 1))
    assert "El audio no llegó hasta aquí." in crew.said(crew.town.phones["F"], "RESPONDER")


class Provider:
    """Gives out what it is told to."""

    def __init__(self, data: bytes | SendError) -> None:
        self.data, self.asked = data, [""][:0]

    async def fetch(self, ref: str, most: int) -> bytes:
        """The file."""
        self.asked.append(ref)
        if isinstance(self.data, SendError):
            raise self.data
        return self.data


def brought(crew: Crew, provider: Provider, folder: Path) -> list[Path]:
    """The files, as the command makes them."""
    channels: Any = {"simulator": provider}
    return recordings.bring(crew.store, WORDS, channels, 1, folder, by="test")


def test_the_command_leaves_a_file_for_its_owner_alone_and_a_line_in_the_log(store: Store, tmp_path: Path) -> None:
    crew = spoken(store, "whatsapp")
    provider = Provider(OGG)
    (file,) = brought(crew, provider, tmp_path)
    assert (file.name, file.read_bytes(), file.stat().st_mode & 0o777) == ("audio-1.ogg", OGG, 0o600)
    assert provider.asked == [NOTE.ref]
    (row,) = crew.audit("handover.recording_fetched")
    assert (row.actor, row.subject) == ("test", "handover:1")
    assert NOTE.ref not in str(row.payload)
    with pytest.raises(Refused, match=r"audio-1\.ogg"):
        brought(crew, provider, tmp_path)  # it does not write over what is there
    with pytest.raises(Refused, match="No puedo escribir"):
        brought(crew, provider, tmp_path / "nowhere")


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"<html>", "no es una grabación"),
        (b"", "no es una grabación"),
        (SendError("the recording is larger than 20 MB"), "larger than 20 MB"),
    ],
)
def test_what_is_no_recording_is_not_kept(store: Store, tmp_path: Path, data: bytes | SendError, said: str) -> None:
    crew = spoken(store, "whatsapp")
    with pytest.raises(Refused, match=said):
        brought(crew, Provider(data), tmp_path)
    assert list(tmp_path.glob("audio*")) == []


@pytest.mark.parametrize(("number", "said"), [(1, "no mandó un audio"), (9, "Nadie espera con ese número")])
def test_who_sent_no_voice_note_has_none_to_hear(store: Store, tmp_path: Path, number: int, said: str) -> None:
    crew = Crew(store)
    crew.said(crew.town.phone("telegram", "C"), "SANMARTIN", "1", "Ana", "1", "1", "PERSONA")
    with pytest.raises(Refused, match=said):
        recordings.bring(store, WORDS, {}, number, tmp_path, by="test")


def test_a_channel_that_is_off_gives_nothing_out(store: Store, tmp_path: Path) -> None:
    crew = spoken(store, "whatsapp")
    with pytest.raises(Refused, match="no está encendido"):
        recordings.bring(crew.store, WORDS, {}, 1, tmp_path, by="test")


@pytest.mark.parametrize(
    ("data", "ending"),
    [
        (b"ID3\x04", "mp3"),
        (b"\xff\xfb\x90", "mp3"),
        (b"#!AMR\n", "amr"),
        (b"\0\0\0\x20ftypM4A ", "m4a"),
        (b"RIFF0000WAVE", "wav"),
        (b"RIFF0000WEBP", ""),
        (b"MZ", ""),
    ],
)
def test_a_file_is_what_it_begins_with(data: bytes, ending: str) -> None:
    assert recordings.ending(data) == ending
