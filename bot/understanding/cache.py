"""What takes seconds to make and milliseconds to read again: numpy arrays in a folder, by the hash of their source.

A folder that cannot be written costs time at every start and nothing else. Two processes that make the same thing at
once both write a folder of their own; the first to rename it wins and the other's is dropped.
"""

import os
import shutil
from collections.abc import Callable, Mapping
from hashlib import blake2b
from pathlib import Path
from tempfile import mkdtemp

import numpy as np
from numpy.typing import NDArray

Arrays = Mapping[str, NDArray[np.generic]]


def default_folder() -> Path:
    """Where things are kept if nobody says otherwise: the user's cache."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "bentornato"


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
        return {file.stem: np.load(file, mmap_mode="r") for file in sorted(place.glob("*.npy"))} or None
    except (OSError, ValueError, EOFError):
        return None


def _write(place: Path, arrays: Arrays) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(mkdtemp(dir=place.parent, prefix=f".{place.name}-"))
    try:
        for name, array in arrays.items():
            np.save(temporary / f"{name}.npy", array)
        if _read(place) is None:
            shutil.rmtree(place, ignore_errors=True)
        temporary.rename(place)
    except OSError:
        shutil.rmtree(temporary, ignore_errors=True)
        if not place.is_dir():
            raise
