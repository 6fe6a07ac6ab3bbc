"""The ledger at random against a plain count: 2,000 steps on each database; 20,000 of them by `make soak`."""

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from tests.robustness.ledger_machine import Played
from tests.storage.ledger.plain import Plain

STEPS = 50
RULES = {"earn", "mature", "spend", "short", "give_back", "claw_back", "expire", "merge", "unmerge", "erase", "replay"}
PLAY = settings(
    stateful_step_count=STEPS,
    deadline=None,
    suppress_health_check=list(HealthCheck),
    database=None,
    print_blob=False,
)


def play(url: str, games: int, *, derandomize: bool) -> Played:
    plain = Plain(url)
    played = Played(plain)
    try:
        rules = settings(PLAY, max_examples=games, derandomize=derandomize)
        run_state_machine_as_test(played.machine, settings=rules)  # type: ignore[no-untyped-call]
    finally:
        plain.close()
    line = f"ledger on {plain.dialect}: {played.steps.total()} steps in {played.games} games, {dict(played.steps)}"
    print(line)  # noqa: T201 - shown by `make soak`
    return played


def test_the_books_are_what_a_plain_count_says(database_url: str) -> None:
    played = play(database_url, 60, derandomize=True)
    assert played.steps.total() >= 2_000
    assert played.steps.keys() == RULES


@pytest.mark.soak
def test_the_books_are_what_a_plain_count_says_at_length(database_url: str) -> None:
    played = play(database_url, 500, derandomize=False)
    assert played.steps.total() >= 20_000
    assert played.steps.keys() == RULES
