"""The installation's secret: given, made once, kept for its owner alone."""

import os
import stat
from pathlib import Path

import pytest

from bot.secret import SecretError, keyring_for
from tests.builders import settings


def test_a_given_secret_is_used(tmp_path: Path) -> None:
    given = settings(database=f"sqlite:///{tmp_path}/b.db")
    assert keyring_for(given) == keyring_for(given)
    assert list(tmp_path.iterdir()) == []


def test_a_secret_is_made_once_beside_the_database(tmp_path: Path) -> None:
    here = settings(database=f"sqlite:///{tmp_path}/deep/b.db", secret=None)
    first = keyring_for(here)
    (file,) = (tmp_path / "deep").iterdir()
    assert keyring_for(here) == first
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    other = settings(database=f"sqlite:///{tmp_path}/other/b.db", secret=None)
    assert keyring_for(other) != first


def test_without_a_database_file_it_lies_in_the_deployments_folder(tmp_path: Path) -> None:
    keyring_for(settings(database="postgresql://nowhere/none", folder=tmp_path, secret=None))
    assert [path.name for path in tmp_path.iterdir()] == ["bentornato.key"]


def test_a_broken_file_is_refused_not_replaced(tmp_path: Path) -> None:
    file = tmp_path / "bentornato.key"
    file.write_text("no secret")
    with pytest.raises(SecretError, match="holds no secret"):
        keyring_for(settings(database=f"sqlite:///{tmp_path}/b.db", secret=None))
    assert file.read_text() == "no secret"


def test_a_short_secret_is_refused() -> None:
    with pytest.raises(ValueError, match="at least 32"):
        settings(secret="short")


def test_nobody_sees_an_unfinished_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    seen, link = [], os.link

    def watched(draft: str, path: Path) -> None:
        seen.append((path.exists(), len(Path(draft).read_text()), stat.S_IMODE(Path(draft).stat().st_mode)))
        link(draft, path)

    monkeypatch.setattr(os, "link", watched)
    here = settings(database=f"sqlite:///{tmp_path}/b.db", secret=None)
    assert keyring_for(here) == keyring_for(here)
    assert (seen, [path.name for path in tmp_path.iterdir()]) == ([(False, 64, 0o600)], ["bentornato.key"])


def test_who_was_quicker_made_the_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    link = os.link

    def beaten(draft: str, path: Path) -> None:
        path.write_text("ab" * 32)
        link(draft, path)

    monkeypatch.setattr(os, "link", beaten)
    here = settings(database=f"sqlite:///{tmp_path}/b.db", secret=None)
    assert keyring_for(here).secret == b"\xab" * 32
    assert [path.name for path in tmp_path.iterdir()] == ["bentornato.key"]
