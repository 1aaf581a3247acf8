"""A photo that is sent as a document, so that it keeps its size, is a photo wherever one is taken."""

from __future__ import annotations

import pytest

from storage import tables as t
from storage.store import Store
from tests.wire.acts import neighbour
from tests.wire.house import Ground, House
from tests.wire.phones import AS_FILE, WAYS, WireTown
from tests.wire.providers import providers


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    """One database: what is written differs in nothing."""
    return sqlite_url


@pytest.mark.parametrize("way", ["whatsapp", "telegram"])
def test_an_idea_takes_it(ground: Ground, store: Store, way: str) -> None:
    with providers(WAYS[way].provider) as fakes, House(ground, store, fakes) as house:
        town = WireTown.over(house, WAYS[way])
        phone = neighbour(town, "Kevin")
        phone.say("IDEA")
        assert phone.say(media=AS_FILE)[-1].text.startswith("Recibí la foto.")
        phone.say("La quebrada se lleva el puente cuando llueve")
        assert [row.media for row in town.rows(t.contribution, "media")] == ["photo"]
        house.rest()
        fakes.good()
