"""The installation's secret: from the settings, else made once and kept in a file that only its owner may read."""

import os
import secrets
import tempfile
from pathlib import Path

from bot.settings import Settings
from loyalty.tokens import Keyring

_FILE = "bentornato.key"


class SecretError(Exception):
    """The secret's file cannot be used."""


def keyring_for(settings: Settings) -> Keyring:
    """The keys of this installation. Codes given out stop to work when the secret changes."""
    if settings.secret is not None:
        return Keyring(settings.secret.get_secret_value().encode())
    path = _place(settings)
    try:
        return Keyring(bytes.fromhex(path.read_text().strip()))
    except FileNotFoundError:
        return Keyring(_made(path))
    except ValueError as error:
        raise SecretError(f"{path} holds no secret: {error}") from error


def _place(settings: Settings) -> Path:
    """Beside the database's file, else in the deployment's folder, else where the command was started."""
    if settings.database.startswith("sqlite:///"):
        return Path(settings.database.removeprefix("sqlite:///")).parent / _FILE
    return (settings.folder or Path()) / _FILE


def _made(path: Path) -> bytes:
    """A new secret; if another process was quicker, its one. The file appears whole, for its owner alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = secrets.token_bytes(32)
    number, draft = tempfile.mkstemp(prefix=f"{_FILE}.", dir=path.parent)
    try:
        with os.fdopen(number, "w") as file:
            file.write(fresh.hex())
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    except FileExistsError:
        return bytes.fromhex(path.read_text().strip())
    finally:
        Path(draft).unlink()
    return fresh
