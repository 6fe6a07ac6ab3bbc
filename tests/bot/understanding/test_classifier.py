"""The classifier: what it learns from a handful of examples, and that a second start neither trains nor loads."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.understanding.classifier import Classifier, train

EXAMPLES = [
    *(("how many points", "balance"), ("points now", "balance"), ("my points please", "balance")),
    *(("where is the shop", "store"), ("shop opening hours", "store"), ("shop address", "store")),
    *(("nice weather today", "none"), ("the weather is bad", "none"), ("what weather", "none")),
]
AGAIN = """
import sys
from pathlib import Path
from bot.understanding.classifier import Classifier
from tests.bot.understanding.test_classifier import EXAMPLES
before = set(sys.modules)
chances = Classifier.of("tiny", EXAMPLES, Path(sys.argv[1])).chances("the shop")
print(max(chances, key=chances.get), sorted(({"sklearn", "scipy"} - before) & set(sys.modules)))
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept")


@pytest.fixture(scope="module")
def tiny(folder: Path) -> Classifier:
    return Classifier.of("tiny", EXAMPLES, folder)


def best(classifier: Classifier, text: str) -> str:
    chances = classifier.chances(text)
    assert chances is not None
    return max(chances, key=lambda label: chances[label])


@pytest.mark.parametrize(
    ("text", "label"),
    [*EXAMPLES, ("POINTS?", "balance"), ("is the shop open", "store"), ("shops", "store"), ("bad weather", "none")],
)
def test_it_learns_its_examples_and_what_is_like_them(tiny: Classifier, text: str, label: str) -> None:
    assert best(tiny, text) == label


@given(st.text(max_size=200))
def test_chances_are_one_together(tiny: Classifier, text: str) -> None:
    chances = tiny.chances(text)
    if chances is not None:
        assert set(chances) == {"balance", "store", "none"} == set(tiny.labels)
        assert sum(chances.values()) == pytest.approx(1)
        assert all(0 <= chance <= 1 for chance in chances.values())


@pytest.mark.parametrize("text", ["", "  ", "?!", "😀"])
def test_what_has_no_words_has_no_chances(tiny: Classifier, text: str) -> None:
    assert tiny.chances(text) is None


def test_the_same_examples_make_the_same_weights() -> None:
    one, other = train(EXAMPLES), train(EXAMPLES)
    assert one.keys() == other.keys()
    assert all(np.array_equal(one[name], other[name]) for name in one)


def test_what_was_kept_answers_as_what_was_trained(tiny: Classifier, folder: Path) -> None:
    fresh, kept = Classifier(train(EXAMPLES)), Classifier.of("tiny", EXAMPLES, folder)
    for text, _ in EXAMPLES:
        assert fresh.chances(text) == tiny.chances(text) == kept.chances(text)


def test_other_examples_are_another_classifier(tiny: Classifier, tmp_path: Path) -> None:
    Classifier.of("tiny", EXAMPLES, tmp_path)
    more = Classifier.of("tiny", [*EXAMPLES, ("bye bye", "goodbye"), ("bye now", "goodbye")], tmp_path)
    assert best(more, "bye") == "goodbye"
    assert len(list(tmp_path.iterdir())) == 2


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert best(Classifier.of("tiny", EXAMPLES, tmp_path / "file"), "points") == "balance"


def test_a_second_start_loads_no_training_library(tiny: Classifier, folder: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", AGAIN, str(folder)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "store []\n"
