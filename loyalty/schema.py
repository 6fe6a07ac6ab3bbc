"""The programme's JSON Schema, by which an editor completes and checks `programme.yaml` while it is being written.

Made from the models. An editor reads YAML's own types, our loader reads text: the schema takes both, `100` and `"100"`.
"""

from __future__ import annotations

import json
from typing import Any

from loyalty.rules import Programme

_YES_OR_NO = [True, False, "true", "false", "yes", "no", "on", "off"]
_WHOLE = r"^-?[0-9]+$"
_Schema = dict[str, Any]


def text() -> str:
    """The schema as it stands in the file."""
    made = _written(Programme.model_json_schema())
    made = {
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "A Bentornato programme",
        **made,
    }
    return json.dumps(made, indent=2, ensure_ascii=False) + "\n"


def _written(node: Any) -> Any:
    """The schema of what is written, from the schema of what is meant."""
    if isinstance(node, list):
        return [_written(one) for one in node]
    if not isinstance(node, dict):
        return node
    kept = {
        name: _written(value)
        for name, value in node.items()
        if not (name == "title" and isinstance(value, str)) and not (name == "default" and value is None)
    }
    if "patternProperties" in kept:
        kept.setdefault("additionalProperties", False)
    return _scalar(_without_null(kept))


def _without_null(node: _Schema) -> _Schema:
    """A key that may be absent is left out, not written with nothing behind it."""
    choices = [one for one in node.get("anyOf", ()) if one != {"type": "null"}]
    if len(choices) == len(node.get("anyOf", ())):
        return node
    rest = {name: value for name, value in node.items() if name != "anyOf"}
    return {**choices[0], **rest} if len(choices) == 1 else {"anyOf": choices, **rest}


def _scalar(node: _Schema) -> _Schema:
    kind = node.get("type")
    if kind == "integer":
        return {**node, "type": ["integer", "string"], "pattern": _WHOLE}
    if kind == "boolean":
        return {**{name: value for name, value in node.items() if name != "type"}, "enum": _YES_OR_NO}
    if kind == "string" and not {"pattern", "enum", "const", "format"} & set(node):
        return {**node, "type": ["string", "number", "boolean"]}
    return node
