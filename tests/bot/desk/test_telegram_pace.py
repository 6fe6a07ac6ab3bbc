"""How fast the staff's group is written to, against what Telegram takes: the fake's own limits."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from bot.desk._telegram_pace import BURST, EVERY_SECONDS, Pace
from bot.fakes._telegram_state import Pace as Limits


@given(some.lists(some.floats(0, 90), min_size=1, max_size=120))
def test_whoever_waits_as_told_is_never_refused(pauses: list[float]) -> None:
    now = [0.0]
    pace, limits = Pace(lambda: now[0]), Limits()
    for pause in pauses:
        now[0] += pause
        while (wait := pace.wait()) > 0:
            now[0] += wait + 1e-6
        pace.spend()
        limits.spend(-100, now[0])


def test_a_burst_goes_out_at_once_and_then_the_pace_is_steady() -> None:
    now = [100.0]
    pace = Pace(lambda: now[0], gap=0.0)
    for _ in range(BURST):
        assert pace.wait() == 0
        pace.spend()
    assert pace.wait() == pytest.approx(EVERY_SECONDS)
    pace.pause(60)
    assert pace.wait() == pytest.approx(60)


def test_few_topics_need_not_wait_for_each_other() -> None:
    pace = Pace(lambda: 0.0)
    assert (pace.share(BURST), pace.share(10)) == (0.0, 50.0)
