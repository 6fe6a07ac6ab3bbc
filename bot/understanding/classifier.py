"""A text classifier: a linear one over character pieces and words, trained by scikit-learn, asked with numpy alone.

One model serves all locales: people mix languages, and what one locale's examples teach helps its neighbours (measured
by cross-validation: .785 right against .762 with one model a locale). It is trained at the first start after the
examples changed and kept as plain arrays under their hash, so that a warm start neither trains nor loads a library.
"""

from collections import Counter
from collections.abc import Sequence
from math import log
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bot.understanding.cache import Arrays, fingerprint, remembered
from bot.understanding.features import features

_MADE = 3
"""Counted up when features or training change, so that older weights are not read."""
_FEWEST = 2
"""A piece that stands in fewer examples teaches nothing."""
_SCALE = 5.5
"""Margins times this make probabilities that are right as often as they say (docs/language.md)."""

Examples = Sequence[tuple[str, str]]
"""(text, label)."""


class Classifier:
    """Labels with their weights. Safe from any thread."""

    def __init__(self, arrays: Arrays) -> None:
        self.labels = tuple(bytes(arrays["labels"]).decode().split("\n"))
        self._places = {piece: place for place, piece in enumerate(bytes(arrays["pieces"]).decode().split("\n"))}
        self._weights: NDArray[np.float32] = np.asarray(arrays["weights"])
        self._rarity: NDArray[np.float32] = np.array(arrays["rarity"])
        self._bias: NDArray[np.float32] = np.array(arrays["bias"])

    @classmethod
    def of(cls, name: str, examples: Examples, folder: Path) -> "Classifier":
        """The classifier these examples make; the same examples always make the same one."""
        source = fingerprint(str(_MADE).encode(), *(part.encode() for example in examples for part in example))
        return cls(remembered(folder, f"{name}-{source}", lambda: train(examples)))

    def chances(self, text: str) -> dict[str, float] | None:
        """Label -> probability, all together 1; None if nothing in the text was ever seen."""
        counts = Counter([place for piece in features(text) if (place := self._places.get(piece)) is not None])
        if not counts:
            return None
        places = np.fromiter(counts, dtype=np.intp, count=len(counts))
        values = _weighed(np.fromiter(counts.values(), dtype=np.float32, count=len(counts)), self._rarity[places])
        margins = (values @ self._weights[places] + self._bias) * _SCALE
        raw = np.exp(margins - margins.max())
        return dict(zip(self.labels, (raw / raw.sum()).tolist(), strict=True))


def train(examples: Examples) -> Arrays:
    """Weights, one column a label: a linear support vector machine a label, its examples weighed against all others."""
    from scipy.sparse import csr_matrix  # noqa: PLC0415  # only where it is trained: a warm start goes without
    from sklearn.svm import LinearSVC  # noqa: PLC0415  # the same

    counted = [Counter(features(text)) for text, _ in examples]
    spread = Counter(piece for counts in counted for piece in counts)
    pieces = sorted(piece for piece, number in spread.items() if number >= _FEWEST)
    places = {piece: place for place, piece in enumerate(pieces)}
    rarity = np.array([log((1 + len(examples)) / (1 + spread[piece])) + 1 for piece in pieces], dtype=np.float32)
    ends, found, values = [0], [], []
    for counts in counted:
        known = [(places[piece], number) for piece, number in counts.items() if piece in places]
        here = np.array([place for place, _ in known], dtype=np.int32)
        found.append(here)
        values.append(_weighed(np.array([number for _, number in known], dtype=np.float32), rarity[here]))
        ends.append(ends[-1] + len(known))
    matrix = csr_matrix((np.concatenate(values), np.concatenate(found), ends), shape=(len(examples), len(pieces)))
    machine = LinearSVC(C=1.0, class_weight="balanced", tol=0.1, random_state=0)
    machine.fit(matrix, [label for _, label in examples])
    return {
        "labels": _joined(machine.classes_.tolist()),
        "pieces": _joined(pieces),
        "rarity": rarity,
        "weights": np.ascontiguousarray(machine.coef_.T, dtype=np.float32),
        "bias": machine.intercept_.astype(np.float32),
    }


def _weighed(counts: NDArray[np.float32], rarity: NDArray[np.float32]) -> NDArray[np.float32]:
    """Term frequency (its logarithm) times inverse document frequency, at length 1."""
    values = (1 + np.log(counts)) * rarity
    norm = np.sqrt(values @ values)
    return np.asarray(values / norm if norm else values, dtype=np.float32)


def _joined(names: Sequence[str]) -> NDArray[np.uint8]:
    return np.frombuffer("\n".join(names).encode(), dtype=np.uint8)
