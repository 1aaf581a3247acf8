"""NO VOY: a place that is given back goes to another; who had none is not told so."""

from __future__ import annotations

import pytest

from storage.store import Store
from tests.kit import Town

GIVEN = "Le damos tu lugar a otra persona."


@pytest.mark.parametrize(("going", "had"), [("1", True), ("3", False)])
def test_only_a_place_that_was_held_is_given_to_another(store: Store, going: str, had: bool) -> None:
    phone = Town.on(store).phone("telegram")
    for word in ("SANMARTIN", "1", "Ana", "1", going):
        phone.say(word)
    told = phone.say("NO VOY")[-1].text
    assert told.startswith("Gracias por avisar, Ana.")
    assert (GIVEN in told) is had
