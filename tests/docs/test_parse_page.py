"""docs/parse.md shows real lines: each sample body gives exactly the printed events, and every kind has one."""

import json
import re
from pathlib import Path

import orjson
import pytest

from bot.channels import discover
from bot.message import INTERNAL, Kind, as_json

PAGE = (Path(__file__).parents[2] / "docs" / "parse.md").read_text()
SAMPLES = re.findall(r"\*\*(\w+)\*\* \(`(\w+)`\)\n\n```\n(.*)\n(.*)\n```", PAGE)


@pytest.mark.parametrize(("kind", "channel", "body", "printed"), SAMPLES, ids=[sample[0] for sample in SAMPLES])
def test_sample_lines_are_what_parse_prints(kind: str, channel: str, body: str, printed: str) -> None:
    events = [as_json(event) for event in discover()[channel].parse(body.encode())]
    assert orjson.loads(orjson.dumps(events)) == json.loads(printed)
    assert events[0]["kind"] == kind


def test_every_kind_of_a_provider_has_a_sample() -> None:
    assert {sample[0] for sample in SAMPLES} == {kind.value for kind in Kind} - {kind.value for kind in INTERNAL}
