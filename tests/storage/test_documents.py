"""The strict YAML loader."""

from pathlib import Path

import pytest
from pydantic import BaseModel, ConfigDict

from storage.documents import MAX_BYTES, MAX_DEPTH, DocumentError, load, parse, read


class Timeout(BaseModel):
    model_config = ConfigDict(extra="forbid")
    after: int


class Step(BaseModel):
    model_config = ConfigDict(extra="forbid")
    say: str | Timeout
    aside: bool = False
    timeout: Timeout | None = None


class Flow(BaseModel):
    model_config = ConfigDict(extra="forbid")
    flow: str
    steps: dict[str, Step]


@pytest.mark.parametrize(
    "scalar", ["no", "yes", "null", "~", "12:30", "+39055123", "1.5", "0x1F", "2024-02-29", "1_000", "=", "Off"]
)
def test_a_scalar_is_a_string(scalar: str) -> None:
    assert parse(f"key: {scalar}", "f").value == {"key": scalar}
    assert parse(f"[{scalar}]", "f").value == [scalar]


def test_a_key_is_a_string_and_an_empty_value_an_empty_string() -> None:
    assert parse("no: 1\n2: 3\nempty:\n", "f").value == {"no": "1", "2": "3", "empty": ""}


def test_nesting_blocks_and_quotes() -> None:
    text = 'a:\n  - b: "é\\n"\n    c: |\n      two\n      lines\n  - [d, {e: f}]\n'
    assert parse(text, "f").value == {"a": [{"b": "é\n", "c": "two\nlines\n"}, ["d", {"e": "f"}]]}


def test_a_byte_order_mark_is_skipped() -> None:
    assert parse(b"\xef\xbb\xbfa: b", "f").value == {"a": "b"}


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: 1\nb: 2\na: 3\n", 3, "'a' is already there (line 1)"),
        ("a:\n  b: 1\n  b: 2\n", 3, "'b' is already there (line 2)"),
        ("a: &x 1\nb: *x\n", 1, "anchors"),
        ("b: *x\n", 1, "anchors"),
        ("a: b\n<<: {c: d}\n", 2, "merge keys"),
        ("a: !!int 3\n", 1, "tags"),
        ("a: b\n---\nc: d\n", 2, "second document"),
        ("? [a, b]\n: c\n", 1, "plain string"),
        ("a: [b\nc: d\n", 2, ""),
        ("a: b\n\tc: d\n", 2, ""),
        ("a: 'b\n", 2, ""),
        ("", 1, "empty"),
        ("# only a comment\n", 1, "empty"),
        ("a: \x01\n", 1, "control characters are not allowed"),
    ],
)
def test_what_is_refused(text: str, line: int, what: str) -> None:
    with pytest.raises(DocumentError) as caught:
        parse(text, "flow.yaml")
    assert str(caught.value).startswith(f"flow.yaml:{line}: ")
    assert what in str(caught.value)


def test_a_quoted_merge_sign_is_an_ordinary_key() -> None:
    assert parse('"<<": a', "f").value == {"<<": "a"}


def test_not_utf8() -> None:
    with pytest.raises(DocumentError, match="f:2: not UTF-8"):
        parse(b"a: b\nc: \xff\n", "f")


def test_depth_and_size_are_bounded() -> None:
    deep = "[" * MAX_DEPTH + "]" * MAX_DEPTH
    assert parse(deep, "f").value is not None
    with pytest.raises(DocumentError, match="deeper than"):
        parse(f"[{deep}]", "f")
    with pytest.raises(DocumentError, match="deeper than"):
        parse("[" * 200_000, "f")
    with pytest.raises(DocumentError, match="bytes"):
        parse("a" * (MAX_BYTES + 1), "f")


FLOW = """\
flow: balance
steps:
  first:
    say: hello
    aside: no
  second:
    say: {after: soon}
    timeout:
      after: 30m
  third:
    tell: hello
"""


def test_lines() -> None:
    document = parse(FLOW, "f")
    assert document.line(["flow"]) == 1
    assert document.line(("steps", "second", "timeout", "after")) == 9
    assert document.line(("steps", "second", "timeout", "nothing")) == 8
    assert document.line(("steps", "second", "Timeout", "say", "Timeout", "after")) == 7
    assert document.line(()) == 1
    assert parse("a:\n  - b\n  - c\n", "f").line(("a", 1)) == 3


def test_every_problem_has_its_line(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text(FLOW)
    with pytest.raises(DocumentError) as caught:
        load(path, Flow)
    found = str(caught.value).splitlines()
    assert f"{path}:9: steps.second.timeout.after: " in str(caught.value)
    assert f"{path}:7: steps.second.say.Timeout.after: " in str(caught.value)
    assert f"{path}:10: steps.third.say: Field required" in found
    assert f"{path}:11: steps.third.tell: Extra inputs are not permitted" in found


def test_pydantic_converts(tmp_path: Path) -> None:
    path = tmp_path / "flow.yaml"
    path.write_text("flow: no\nsteps: {a: {say: hi, aside: no}, b: {say: 12:30, aside: yes, timeout: {after: 5}}}\n")
    flow = load(path, Flow)
    assert flow.flow == "no"
    assert (flow.steps["a"].aside, flow.steps["b"].aside) == (False, True)
    assert flow.steps["b"].say == "12:30"
    assert flow.steps["b"].timeout == Timeout(after=5)


def test_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(DocumentError, match="cannot be read"):
        read(tmp_path / "none.yaml")
