"""What `bentornato init` writes, made from a shipped preset and from the settings there are."""

import ast
import inspect
import shlex
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from babel.numbers import get_territory_currencies
from pydantic import SecretStr
from pydantic_core import PydanticUndefined

from bot.app import SHIPPED
from bot.settings import Settings
from loyalty import programme as programmes
from loyalty import schema

_README = """# {name}: this deployment's own folder

What lies here is laid over what Bentornato ships; an empty folder changes nothing.

- `programme.yaml`: the rules, market by market. Editors complete it by `programme.schema.json`.
- `markets/`: a market's manners (language, hours, holidays), one file a country, like `IT.yaml`.
- `flows/`: conversations of your own, or your version of a shipped one, one YAML file each.
- `locales/`: your words, `<locale>/LC_MESSAGES/messages.po` and `<locale>/phrases.yaml`.
- `.env.example`: every setting. Copy it to `.env` where you start the bot; tokens belong there and nowhere else.

Next:

1. Change a rate: `earn: {{points: 1, per: 100}}` in `programme.yaml` is one point for every 100 minor units.
2. `bentornato programme check {quoted}/programme.yaml`
3. `BENTORNATO_FOLDER={quoted} bentornato chat`
"""
_SHIPPED_SCHEMA, _OWN_SCHEMA = "$schema=../programme.schema.json", "$schema=programme.schema.json"


@dataclass(frozen=True, slots=True)
class Plan:
    """Where to, and what from."""

    folder: Path
    preset: str
    market: str


@dataclass(frozen=True, slots=True)
class Moved:
    """The preset's amounts were meant in another currency."""

    old: str
    new: str


def make(plan: Plan) -> Moved | None:
    """Write the folder; says so when the market has another currency than the preset."""
    text, moved = _programme(plan)
    for name in ("flows", "locales", "markets"):
        (plan.folder / name).mkdir(parents=True, exist_ok=True)
    files = {
        "programme.yaml": text,
        "programme.schema.json": schema.text(),
        ".env.example": environment(),
        "README.md": _README.format(name=plan.folder.resolve().name, quoted=shlex.quote(str(plan.folder))),
    }
    for name, content in files.items():
        (plan.folder / name).write_text(content, encoding="utf-8")
    return moved


def environment() -> str:
    """Every setting, commented out, with what it is and its default."""
    said = _said()
    lines = ["# Settings of the bot. Copy to .env and take the # away before what you set."]
    for name, field in Settings.model_fields.items():
        default = "" if _is_secret(field.annotation) else _shown(field.get_default(call_default_factory=True))
        lines += ["", f"# {said.get(name) or _plain(name)}", f"#BENTORNATO_{name.upper()}={default}"]
    return "\n".join(lines) + "\n"


def _programme(plan: Plan) -> tuple[str, Moved | None]:
    """The preset's text for the market: a block that is there becomes the default, else the only one is renamed."""
    path = SHIPPED / "programmes" / plan.preset / "programme.yaml"
    text = path.read_text(encoding="utf-8").replace(_SHIPPED_SCHEMA, _OWN_SCHEMA, 1)
    preset = programmes.load(path)
    first = preset.default_market
    text = text.replace(f"\ndefault_market: {first}\n", f"\ndefault_market: {plan.market}\n", 1)
    if plan.market in preset.markets:
        return text, None
    old, new = preset.markets[first].currency, _currency(plan.market)
    text = text.replace(f"\n  {first}:\n    currency: {old}\n", f"\n  {plan.market}:\n    currency: {new}\n", 1)
    return text, Moved(old, new) if old != new else None


def _currency(market: str) -> str:
    return str(get_territory_currencies(market)[0])


def _said() -> dict[str, str]:
    """The words under each setting, on one line."""
    body = ast.parse(inspect.getsource(Settings)).body[0]
    assert isinstance(body, ast.ClassDef)
    found: dict[str, str] = {}
    for field, after in zip(body.body, body.body[1:], strict=False):
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(after, ast.Expr):
            found[field.target.id] = " ".join(str(ast.literal_eval(after.value)).split())
    return found


def _plain(name: str) -> str:
    return name.replace("_", " ").capitalize() + "."


def _is_secret(annotation: Any) -> bool:
    return SecretStr in (annotation, *getattr(annotation, "__args__", ()))


def _shown(value: object) -> str:
    if value is None or value is PydanticUndefined:
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    return ",".join(map(str, value)) if isinstance(value, tuple) else str(value)
