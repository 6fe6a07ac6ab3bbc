"""The extraction plug-in for flow files."""

from io import BytesIO
from pathlib import Path

import pytest
from babel.messages.extract import extract as babel_extract
from babel.messages.frontend import parse_mapping_cfg

from bot.flows.extract import extract
from storage.documents import DocumentError

FLOW = b"""\
flow: redeem
about: Not for members.
menu: Rewards
command: "See your rewards"
start: choose
steps:
  choose:
    ask:
      one: "You have {points} point."
      other: "You have {points} points."
      count: points
    choices: rewards
    invalid: "Please choose one."
  confirm:
    ask: "Spend {cost}?"
    choices: {"Spend": spend,
              "Not now": end}
    contact: Share my phone
    timeout: {after: 30m, then: end}
  spend:
    do: rewards.redeem
    outcomes: {done: say, ask: confirm}
  say:
    say: |
      First line.

      Second.
    qr: code
"""
TEXTS = [
    (3, "Rewards", "button"),
    (4, "See your rewards", None),
    (9, ("You have {points} point.", "You have {points} points."), None),
    (13, "Please choose one.", None),
    (15, "Spend {cost}?", None),
    (16, "Spend", "button"),
    (17, "Not now", "button"),
    (18, "Share my phone", "button"),
    (24, "First line.\n\nSecond.\n", None),
]


def test_every_text_with_its_line_and_context() -> None:
    found = [(line, text, context) for line, text, _, context in babel_extract(extract, BytesIO(FLOW))]
    assert found == TEXTS


def test_the_entry_point_is_what_babel_finds() -> None:
    assert len(list(babel_extract("bentornato-flow", BytesIO(FLOW)))) == len(TEXTS)


def test_translators_are_told_what_is_counted() -> None:
    comments = [notes for *_, notes in extract(BytesIO(FLOW), (), (), {}) if notes]
    assert comments == [["The form is chosen by {points}."]]


@pytest.mark.parametrize(
    "flow",
    [
        b"- a\n- b\n",
        b"steps: none\n",
        b"steps: {a: b, c: {say: '', ask: [d], choices: {}, contact: {}}}\n",
        b"steps: {a: {say: {other: no plural}}}\n",
    ],
)
def test_odd_files_yield_nothing(flow: bytes) -> None:
    assert list(extract(BytesIO(flow), (), (), {})) == []


def test_a_broken_file_says_where() -> None:
    with pytest.raises(DocumentError, match=":2: "):
        list(extract(BytesIO(b"a: b\na: c\n"), (), (), {}))


def test_babel_cfg_maps_code_and_flows() -> None:
    with (Path(__file__).parents[3] / "babel.cfg").open(encoding="utf-8") as file:
        methods, _ = parse_mapping_cfg(file)
    assert methods == [
        ("bot/desk/**.py", "ignore"),
        ("bot/**.py", "python"),
        ("bot/flows/definitions/*.yaml", "bentornato-flow"),
    ]
