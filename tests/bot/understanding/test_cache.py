"""Arrays that are kept: read back, made anew when broken, and no harm where they cannot be written."""

import threading
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from bot.understanding.cache import Arrays, default_folder, fingerprint, remembered

MADE = {"one": np.arange(5, dtype=np.int32), "two": np.array([[1.5, 2.5]], dtype=np.float32)}


class Maker:
    """Makes the arrays and counts how often."""

    def __init__(self, before: Callable[[], object] = lambda: None) -> None:
        self.times = 0
        self._before = before

    def __call__(self) -> Arrays:
        self.times += 1
        self._before()
        return MADE


def same(found: Arrays) -> bool:
    return found.keys() == MADE.keys() and all(
        np.array_equal(found[name], MADE[name]) and found[name].dtype == MADE[name].dtype for name in MADE
    )


def test_made_once_and_read_back(tmp_path: Path) -> None:
    make = Maker()
    assert same(remembered(tmp_path / "deep" / "folder", "name", make))
    assert same(remembered(tmp_path / "deep" / "folder", "name", make))
    assert make.times == 1
    assert [one.name for one in (tmp_path / "deep" / "folder").iterdir()] == ["name"]


def test_another_name_is_another_thing(tmp_path: Path) -> None:
    make = Maker()
    remembered(tmp_path, "name", make)
    remembered(tmp_path, "other", make)
    assert make.times == 2


@pytest.mark.parametrize("broken", [b"", b"garbage", b"\x93NUMPY\x01\x00", None], ids=["empty", "odd", "cut", "half"])
def test_a_broken_file_is_made_anew(tmp_path: Path, broken: bytes | None) -> None:
    remembered(tmp_path, "name", Maker())
    file = tmp_path / "name" / "two.npy"
    file.write_bytes(file.read_bytes()[:-4] if broken is None else broken)
    make = Maker()
    assert same(remembered(tmp_path, "name", make))
    assert make.times == 1


def test_an_empty_folder_is_filled(tmp_path: Path) -> None:
    (tmp_path / "name").mkdir()
    make = Maker()
    assert same(remembered(tmp_path, "name", make))
    assert same(remembered(tmp_path, "name", make))
    assert make.times == 1


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    make = Maker()
    assert same(remembered(tmp_path / "file", "name", make))
    assert same(remembered(tmp_path / "file", "name", make))
    assert make.times == 2


def test_two_writers_at_once(tmp_path: Path) -> None:
    barrier = threading.Barrier(2, timeout=10)
    makers = [Maker(barrier.wait) for _ in range(2)]
    found: list[Arrays] = []
    threads = [
        threading.Thread(target=lambda make=make: found.append(remembered(tmp_path, "name", make))) for make in makers
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [make.times for make in makers] == [1, 1]
    assert list(map(same, found)) == [True, True]
    assert [one.name for one in tmp_path.iterdir()] == ["name"]


def test_fingerprints() -> None:
    assert fingerprint(b"a", b"b") == fingerprint(b"a", b"b")
    assert (
        len({fingerprint(), fingerprint(b""), fingerprint(b"ab"), fingerprint(b"a", b"b"), fingerprint(b"b", b"a")})
        == 5
    )


def test_the_default_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert default_folder() == tmp_path / "bentornato"
    monkeypatch.setenv("XDG_CACHE_HOME", "")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    assert default_folder() == tmp_path / "home" / ".cache" / "bentornato"
