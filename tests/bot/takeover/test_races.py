"""Whatever agents, member, bot and timers do at once: never two voices, never a lost message."""

import asyncio

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.bot.takeover.races import ACTS, SAID, Act, played

_BREATHS = st.integers(0, 6)
_AGENT = st.builds(Act, st.sampled_from((0, 1)), st.sampled_from(ACTS), _BREATHS)
_MEMBER = st.builds(Act, st.just(-1), st.sampled_from(SAID), _BREATHS)
_TIME = st.builds(Act, st.just(-2), st.just("tick"), _BREATHS)
_SCRIPT = st.lists(st.one_of(_AGENT, _AGENT, _MEMBER, _TIME), min_size=4, max_size=40)
_QUIET = {"deadline": None, "suppress_health_check": [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]}


@settings(max_examples=20, **_QUIET)
@given(acts=_SCRIPT)
def test_one_voice_on_sqlite(sqlite_url: str, acts: list[Act]) -> None:
    asyncio.run(played(sqlite_url, acts))


@pytest.mark.xdist_group("postgres")
@settings(max_examples=8, **_QUIET)
@given(acts=_SCRIPT)
def test_one_voice_on_postgresql(postgres_url: str, acts: list[Act]) -> None:
    asyncio.run(played(postgres_url, acts))
