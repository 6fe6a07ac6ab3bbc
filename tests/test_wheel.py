"""The built wheel carries code and data, and talks Arabic from another directory."""

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(out), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    return next(out.glob("*.whl"))


def test_data_folders_ship(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    assert "programmes/demo/programme.yaml" in names
    for locale in ("en", "it", "es", "pt_BR", "ar"):
        assert f"locales/{locale}/phrases.yaml" in names
        assert f"locales/{locale}/LC_MESSAGES/messages.po" in names
    assert "locales/markets/IT.yaml" in names
    assert "bot/flows/definitions/balance.yaml" in names
    assert any(name.startswith("storage/migrations/versions/0001") for name in names)
    assert not any(name.startswith(("tests/", "benchmarks/", "docs/")) for name in names)


def test_the_installed_program_chats_in_arabic(wheel: Path, tmp_path: Path) -> None:
    """Installed into a venv of its own, which borrows only the libraries of this one."""
    home = tmp_path / "venv"
    venv.create(home, with_pip=False)
    site = next((home / "lib").glob("python*/site-packages"))
    zipfile.ZipFile(wheel).extractall(site)
    libraries = Path(sysconfig.get_path("purelib"))
    linked = [
        path for path in libraries.iterdir() if not path.name.startswith(("bentornato", "_bentornato", "__editable"))
    ]
    for path in linked:
        (site / path.name).symlink_to(path)
    command = [str(home / "bin" / "python"), "-m", "bot", "chat", "--channel", "whatsapp", "--locale", "ar"]
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    done = subprocess.run(
        command, input="مرحبا\n", capture_output=True, text=True, cwd=elsewhere, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "الانضمام" in done.stdout
