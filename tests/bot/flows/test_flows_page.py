"""docs/flows.md: its example is sound and its tables are complete."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

import pytest

from bot.flows.check import HandlerInfo, check
from bot.flows.exchange import Result
from bot.flows.model import Definition, Step
from bot.limits import BY_CHANNEL
from bot.texts.check import SMS_KEYWORDS
from tests.bot.flows.scripts import library

PAGE = (Path(__file__).parents[3] / "docs" / "flows.md").read_text(encoding="utf-8")
HANDLERS = {
    "rewards.offer": HandlerInfo(frozenset({"none", "some"}), frozenset({"points", "rewards"})),
    "rewards.redeem": HandlerInfo(
        frozenset({"done", "short", "gone"}), frozenset({"code", "expires"}), frozenset({"reward"}), writes=True
    ),
}


def test_the_example_has_no_findings() -> None:
    found = re.search(r"```yaml\n(.*?)```", PAGE, re.DOTALL)
    assert found is not None
    assert check(library(found[1]), handlers=HANDLERS, limits=BY_CHANNEL, reserved=SMS_KEYWORDS) == []


@pytest.mark.parametrize("name", [*Definition.model_fields, *Step.model_fields, *get_args(Result)])
def test_every_key_and_every_result_has_its_line(name: str) -> None:
    assert f"\n| `{name}` |" in PAGE
