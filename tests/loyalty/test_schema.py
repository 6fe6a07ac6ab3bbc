"""The editors' schema: what the file holds is what the models say, and what ships is right by it."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from loyalty.schema import text

PROGRAMMES = Path(__file__).parents[2] / "programmes"
SCHEMA = json.loads(text())
_KINDS = {"object": dict, "array": list, "string": str, "integer": int, "number": (int, float), "boolean": bool}


class Editor(yaml.SafeLoader):
    """YAML 1.2 as editors read it: `off` is text, days are text, numbers are numbers."""

    yaml_implicit_resolvers = {  # noqa: RUF012  # the loader's own way to be told
        first: [
            (tag, re.compile("^(?:true|false)$") if tag.endswith("bool") else pattern)
            for tag, pattern in found
            if tag.rpartition(":")[2] in ("bool", "int", "float", "null")
        ]
        for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }


def wrong(value: Any, schema: dict[str, Any], where: str = "") -> list[str]:
    """What an editor would mark, for the part of JSON Schema that the models come out as."""
    if "$ref" in schema:
        return wrong(value, SCHEMA["$defs"][schema["$ref"].rpartition("/")[2]], where)
    if "anyOf" in schema:
        tried = [wrong(value, one, where) for one in schema["anyOf"]]
        return [] if [] in tried else tried[0]
    if value != schema.get("const", value):
        return [f"{where}: {value!r} is not {schema['const']}"]
    if "enum" in schema and value not in schema["enum"]:
        return [f"{where}: {value!r} is not one of {schema['enum']}"]
    kinds = [schema["type"]] if isinstance(schema.get("type"), str) else schema.get("type", [])
    if kinds and not any(isinstance(value, _KINDS[kind]) for kind in kinds):
        return [f"{where}: {value!r} is no {kinds}"]
    if isinstance(value, dict):
        return _keys(value, schema, where)
    if isinstance(value, list):
        return [told for at, one in enumerate(value) for told in wrong(one, schema["items"], f"{where}.{at}")]
    if isinstance(value, str) and not re.search(schema.get("pattern", ""), value):
        return [f"{where}: {value!r} is not like {schema['pattern']}"]
    if isinstance(value, int) and value < schema.get("minimum", value):
        return [f"{where}: {value} is too small"]
    return []


def _keys(value: dict[str, Any], schema: dict[str, Any], where: str) -> list[str]:
    told = [f"{where}: {name} is missing" for name in schema.get("required", ()) if name not in value]
    for name, one in value.items():
        patterns = [below for pattern, below in schema.get("patternProperties", {}).items() if re.search(pattern, name)]
        below = schema.get("properties", {}).get(name) or next(iter(patterns), None)
        if below is None and schema.get("additionalProperties") is False:
            told.append(f"{where}: {name} is unknown")
        elif below is not None:
            told += wrong(one, below, f"{where}.{name}")
    return told


def document(**market: Any) -> dict[str, Any]:
    known = {"name": "Shop", "brand": {"contact": 391234, "hours": "9-19"}, "terms": {"version": "1"}}
    return {**known, "default_market": "IT", "markets": {"IT": {"currency": "EUR", "channels": ["sms"], **market}}}


def test_the_file_is_what_the_models_say() -> None:
    assert (PROGRAMMES / "programme.schema.json").read_text(encoding="utf-8") == text(), (
        "run: bentornato programme schema > programmes/programme.schema.json"
    )


@pytest.mark.parametrize("name", ["demo", "retail", "services"])
def test_editors_find_nothing_wrong_in_what_ships(name: str) -> None:
    written = (PROGRAMMES / name / "programme.yaml").read_text(encoding="utf-8")
    assert written.startswith("# yaml-language-server: $schema=../programme.schema.json\n")
    assert wrong(yaml.load(written, Loader=Editor), SCHEMA) == []


@pytest.mark.parametrize(
    "market",
    [
        {"pending_days": 14, "expiry_days": "never", "negative": False},
        {"pending_days": "14", "expiry_days": 30, "negative": "no"},
        {"coupons": [{"name": "a", "title": "A", "gift": {"it": "uno"}, "valid_days": 3}]},
        {"stamps": [{"name": "a", "title": 24, "coupon": "b"}]},
    ],
)
def test_scalars_as_they_are_written(market: dict[str, Any]) -> None:
    assert wrong(document(**market), SCHEMA) == []


@pytest.mark.parametrize(
    "market",
    [
        {"pending_day": 14},
        {"pending_days": -1},
        {"pending_days": "soon"},
        {"expiry_days": "soon"},
        {"negative": "maybe"},
        {"birthday": {"leap_day": "feb29"}},
        {"coupons": [{"name": "A b", "title": "A"}]},
        {"coupons": [{"name": "a"}]},
        {"coupons": [{"name": "a", "title": {"Italian": "A"}}]},
    ],
)
def test_mistakes_are_marked(market: dict[str, Any]) -> None:
    assert wrong(document(**market), SCHEMA) != []


def test_an_unknown_market_code_is_marked() -> None:
    assert wrong({**document(), "markets": {"Italy": {"currency": "EUR", "channels": ["sms"]}}}, SCHEMA) != []


def test_every_meaning_that_is_written_in_the_models_is_shown() -> None:
    shown = SCHEMA["$defs"]["MarketRules"]["properties"]["pending_days"]["description"]
    assert "return window" in shown
