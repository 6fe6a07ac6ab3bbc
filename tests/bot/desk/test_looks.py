"""One look is written down once, whoever else looks."""

from bot.desk import _looks
from bot.desk._looks import LOOK, Looks


def test_the_same_look_counts_again_after_ten_minutes() -> None:
    looks = Looks()
    look = (1, "conversation_seen", 7)
    assert looks.is_new(look, 100)
    looks.keep(look, 100)
    assert not looks.is_new(look, 100 + LOOK - 1)
    assert looks.is_new(look, 100 + LOOK)
    assert looks.is_new(look, 99), "a clock that was set back hides nothing"
    for other in ((2, "conversation_seen", 7), (1, "card_seen", 7), (1, "conversation_seen", None)):
        assert looks.is_new(other, 100)


def test_only_so_many_are_remembered(monkeypatch) -> None:
    monkeypatch.setattr(_looks, "_MOST", 2)
    looks = Looks()
    for staff_id in (1, 2, 3):
        looks.keep((staff_id, "queue_seen", None), 5)
    assert [looks.is_new((staff_id, "queue_seen", None), 5) for staff_id in (1, 2, 3)] == [True, False, False]
