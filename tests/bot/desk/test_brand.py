"""Any palette can be read, light and dark; a logo is a picture and nothing else."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.desk import build_desk
from bot.desk._brand import colours, monogram, routes, stylesheet
from bot.desk._colours import contrast, on, readable
from loyalty.rules import Palette
from tests.bot.desk.office import Office
from tests.builders import settings, world

COLOUR = st.from_regex(r"#[0-9a-f]{6}", fullmatch=True)
ON_GROUNDS = ("ink", "muted", "link", "warn", "bad", "good")


def test_contrast_is_that_of_wcag() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert (on("#ffffff"), on("#000000")) == ("#000000", "#ffffff")
    assert readable("#7a1f3d", "#fffaf2") == "#7a1f3d"


@given(COLOUR, COLOUR, COLOUR)
def test_every_text_can_be_read(primary: str, accent: str, paper: str) -> None:
    for is_dark in (False, True):
        found = colours(Palette(primary=primary, accent=accent, paper=paper), is_dark=is_dark)
        for ground in ("paper", "sheet", "raised"):
            for name in ON_GROUNDS:
                assert contrast(found[name], found[ground]) >= 4.5, (is_dark, name, ground, found)
            for name in ("focus", "edge"):
                assert contrast(found[name], found[ground]) >= 3
        for text, ground in (("on-primary", "primary"), ("on-accent", "accent"), ("on-tint", "tint")):
            assert contrast(found[text], found[ground]) >= 4.5


def test_the_style_is_one_block_for_light_and_one_for_dark() -> None:
    css = stylesheet(Palette())
    assert css.count("--ink:") == 2 and "prefers-color-scheme:dark" in css and "<" not in css


def test_a_monogram_is_the_first_letter() -> None:
    assert ">B</text>" in monogram(world().programme)
    odd = world().programme.model_copy(update={"name": "<&>"})
    assert ">·</text>" in monogram(odd)


@pytest.mark.asyncio
@pytest.mark.parametrize(
    ("logo", "found"),
    [
        ("logo.svg", b"<svg>own</svg>"),
        ("logo.png", b"\x89PNG"),
        ("../secret.svg", None),
        ("logo.html", None),
        ("gone.svg", None),
        ("big.png", None),
    ],
)
async def test_the_programmes_own_logo(office: Office, tmp_path: Path, logo: str, found: bytes | None) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    for name, content in (("programme.yaml", b""), ("logo.svg", b"<svg>own</svg>"), ("logo.html", b"x")):
        (folder / name).write_bytes(content)
    (folder / "logo.png").write_bytes(b"\x89PNG")
    (folder / "big.png").write_bytes(b"x" * 1024 * 1025)
    (tmp_path / "secret.svg").write_bytes(b"secret")
    programme = world().programme
    branded = programme.model_copy(update={"brand": programme.brand.model_copy(update={"logo": logo})})
    known = settings(folder=folder)
    context = replace(office.context, settings=known, world=replace(office.context.world, programme=branded))
    office.app = build_desk(context, routes(context))
    answer = await office.browser().get("/logo")
    assert answer.content == (found or monogram(programme).encode())
    assert "sandbox" in answer.headers["content-security-policy"]
