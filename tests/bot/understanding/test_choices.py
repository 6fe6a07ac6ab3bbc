"""A typed answer to offered choices."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.choices import match_choice

LABELS = ["Spend", "Not now", "Später", "🎁 Rewards", "رصيدي"]
PAYLOADS = ["spend:1", "end", "later", "rw", "balance"]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        *(("1", 0), ("1)", 0), ("1.", 0), ("(2)", 1), ("#2", 1), ("# 2", 1), ("②", 1), ("3️⃣", 2), ("٢", 1), ("२", 1)),
        *(("２", 1), ("１)", 0), ("0", None), ("6", None), ("99", None), ("1 2", None), ("-1", None), ("🔟", None)),
        *(("spend", 0), ("NOT NOW!", 1), ("spater", 2), ("Später", 2), ("rewards", 3), ("🎁 Rewards", 3)),
        *(("رصيدى", 4), ("end", 1), ("RW", 3), ("balance", 4)),
        *(("spe", 0), ("not", 1), ("rew", 3), ("sp", None), ("", None), ("  ", None), ("?", None), ("hello", None)),
    ],
)
def test_choice(text: str, place: int | None) -> None:
    assert match_choice(text, LABELS, PAYLOADS) == place


def test_a_label_that_is_a_number_wins_over_counting() -> None:
    scores = [str(score) for score in range(11)]
    assert match_choice("5", scores, [f"s{score}" for score in range(11)]) == 5
    assert match_choice("٠", scores, [f"s{score}" for score in range(11)]) == 0


def test_emoji_labels() -> None:
    assert match_choice("👍🏽", ["👍", "👎"], ["y", "n"]) == 0
    assert match_choice("👎", ["👍", "👎"], ["y", "n"]) == 1


def test_a_prefix_or_label_of_two_choices_is_no_answer() -> None:
    assert match_choice("coffee", ["Coffee small", "Coffee large"], ["a", "b"]) is None
    assert match_choice("coffee", ["Coffee.", "Coffee!"], ["a", "b"]) is None
    assert match_choice("coffee s", ["Coffee small", "Coffee large"], ["a", "b"]) == 0


@given(st.text(), st.lists(st.text(), max_size=6))
def test_any_text_is_answered(text: str, labels: list[str]) -> None:
    found = match_choice(text, labels, labels)
    assert found is None or 0 <= found < len(labels)
