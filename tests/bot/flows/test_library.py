"""Folders of flows: order, replacement, versions."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.flows.compiled import compile_flow, version_of
from bot.flows.library import Library, LibraryError
from storage.documents import DocumentError
from tests.bot.flows.scripts import flow, library

SHOP = "{{flow: {name}, about: x, intents: [{name}], start: a, menu: {menu}, steps: {{a: {{say: {text}}}}}}}"


def write(folder: Path, name: str, *, text: str = "Hello", file: str | None = None, menu: str = "Menu") -> None:
    folder.mkdir(exist_ok=True)
    (folder / f"{file or name}.yaml").write_text(SHOP.format(name=name, text=text, menu=menu))


def test_a_later_folder_replaces_flows_of_the_same_name(tmp_path: Path) -> None:
    write(tmp_path / "ours", "balance")
    write(tmp_path / "ours", "rewards")
    write(tmp_path / "theirs", "balance", text="Ciao")
    loaded = Library.load([tmp_path / "ours", tmp_path / "theirs"])
    assert list(loaded.active) == ["balance", "rewards"]
    assert loaded.active["balance"].definition.steps["a"].say == "Ciao"


def test_two_flows_of_one_name_in_one_folder_are_refused(tmp_path: Path) -> None:
    write(tmp_path, "balance")
    write(tmp_path, "balance", file="again")
    with pytest.raises(LibraryError, match=r"balance is already in again\.yaml"):
        Library.load([tmp_path])


def test_a_broken_file_is_refused_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "odd.yaml").write_text("flow: odd\nabout: x\nstart: a\nsteps:\n  a: {say: x, ask: y}\n")
    with pytest.raises(DocumentError, match=r"odd\.yaml:5.*exactly one of"):
        Library.load([tmp_path])


def test_the_menu_is_in_order_and_leaves_out_what_is_off() -> None:
    text = "{{flow: {0}, about: x, start: a, menu: {0}, order: {1}, steps: {{a: {{say: x}}}}}}"
    flows = library(text.format("one", 5), text.format("two", 1), text.format("three", 5))
    assert [one.name for one in flows.menu()] == ["two", "one", "three"]
    assert [one.name for one in flows.menu(lambda flow, _: flow == "one")] == ["two", "three"]


def test_intents_lead_to_their_flow(tmp_path: Path) -> None:
    write(tmp_path, "balance")
    loaded = Library.load([tmp_path])
    found = loaded.by_intent("balance")
    assert found is not None
    assert found.name == "balance"
    assert loaded.by_intent("other") is None


def test_older_versions_are_kept_beside_the_active_one() -> None:
    old = flow("{flow: a, about: x, start: b, steps: {b: {say: Old}}}")
    new = flow("{flow: a, about: x, start: b, steps: {b: {say: New}}}")
    flows = Library([new])
    added = flows.add_version(old)
    assert flows.get("a", added.version) is added
    assert flows.get("a", version_of(new)) is flows.get("a")
    assert flows.get("a", "unknown") is flows.get("unknown") is None


def test_a_version_is_the_content() -> None:
    one = "{flow: a, about: x, start: b, steps: {b: {ask: Q, choices: {Yes: end, No: end}}}}"
    assert version_of(flow(one)) == version_of(flow(one + "\n"))
    assert len(version_of(flow(one))) == 16
    turned = one.replace("Yes: end, No: end", "No: end, Yes: end")
    assert version_of(flow(one)) != version_of(flow(turned))
    explicit = one.replace("about: x", "about: x, aside: false, order: 100")
    assert version_of(flow(one)) == version_of(flow(explicit))


def test_a_step_hash_is_its_content_without_its_former_name() -> None:
    one = compile_flow(flow("{flow: a, about: x, start: b, steps: {b: {say: Q}, c: {say: Q, was: d}, e: {say: R}}}"))
    assert one.nodes["b"].hash == one.nodes["c"].hash != one.nodes["e"].hash


@pytest.mark.parametrize("name", ["end", "stop"])
def test_reserved_names_are_refused(name: str) -> None:
    with pytest.raises(DocumentError, match="reserved"):
        flow(f"{{flow: a, about: x, start: b, steps: {{{name}: {{say: Q}}}}}}")
