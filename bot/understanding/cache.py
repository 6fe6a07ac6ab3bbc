"""What takes seconds to make and milliseconds to read again: numpy arrays in a folder, by the hash of their source.

A folder that cannot be written costs time at every start and nothing else. Two processes that make the same thing at
once both write a folder of their own; the first to rename it wins and the other's is dropped.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from tempfile import gettempdir, mkdtemp

import numpy as np
from numpy.typing import NDArray

_CONTENTS = "contents.txt"
"""Names what a complete folder holds."""
_KEPT = 3
Arrays = Mapping[str, NDArray[np.generic]]


def default_folder() -> Path:
    """Where things are kept if nobody says otherwise: the user's cache."""
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bentornato"
    except RuntimeError:  # an account without a home, as in a container
        return Path(gettempdir()) / "bentornato"


def fingerprint(*parts: bytes) -> str:
    """A short name for what something is made from."""
    digest = blake2b(digest_size=12)
    for part in parts:
        digest.update(len(part).to_bytes(8, "big"))
        digest.update(part)
    return digest.hexdigest()


def remembered(folder: Path, name: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays of this name, mapped from disk; made and kept if they are not there or cannot be read."""
    place = folder / name
    found = _read(place)
    if found is not None:
        return found
    made = make()
    try:
        _write(place, made)
    except OSError:
        return made
    return _read(place) or made


def _read(place: Path) -> Arrays | None:
    try:
        names = (place / _CONTENTS).read_text(encoding="utf-8").split()
        return {name: np.load(place / f"{name}.npy", mmap_mode="r").view(np.ndarray) for name in names}
    except (OSError, ValueError, EOFError):
        return None


def _write(place: Path, arrays: Arrays) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(mkdtemp(dir=place.parent, prefix=f".{place.name}-"))
    try:
        for name, array in arrays.items():
            np.save(temporary / f"{name}.npy", array)
        (temporary / _CONTENTS).write_text(" ".join(arrays), encoding="utf-8")
        temporary.chmod(0o755)
        if _read(place) is None:
            shutil.rmtree(place, ignore_errors=True)
        temporary.rename(place)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        if not place.is_dir():
            raise
    _drop_older(place)


def _drop_older(place: Path) -> None:
    """Of one kind the newest few are kept: what was made from other phrases is hardly asked for again."""
    kind = place.name.rpartition("-")[0]
    same = [one for one in place.parent.glob(f"{kind}-*") if one.name.rpartition("-")[0] == kind]
    for older in sorted(same, key=lambda one: one.stat().st_mtime, reverse=True)[_KEPT:]:
        shutil.rmtree(older, ignore_errors=True)
