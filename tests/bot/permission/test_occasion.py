"""An occasion survives its timer."""

from bot.message import Money, Points
from bot.permission import Occasion


def test_there_and_back() -> None:
    values = {"points": Points(50), "spent": Money(1999, "EUR"), "name": "Ada", "count": 5}
    occasion = Occasion.of("milestone:1:purchases:5", "milestone", "milestone", 1, values, 99)
    timer = occasion.as_timer(7)
    assert set(timer) == {"key", "due_at", "kind", "channel", "address", "data"}
    assert (timer["key"], timer["due_at"], timer["kind"]) == (occasion.key, 7, "occasion")
    assert Occasion.from_timer(timer["key"], timer["data"]) == occasion
    assert occasion.values["points"] == ["Points", 50]
