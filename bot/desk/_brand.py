"""The brand's look: its colours as CSS custom properties, light and dark, and its logo."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from starlette.responses import Response

from bot.desk._call import Call
from bot.desk._colours import mixed, on, readable
from bot.desk._context import DeskContext
from bot.desk._routes import OPEN, DeskRoute
from bot.desk._static import KEPT
from loyalty.programme import Programme
from loyalty.rules import Palette

_DEMO = Path(__file__).parents[2] / "programmes" / "demo"
_TYPES = {".svg": "image/svg+xml", ".png": "image/png", ".webp": "image/webp"}
_SHUT_IN = {"content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox", **KEPT}
"""A logo is only ever a picture: opened by itself it runs nothing."""
_MOST_BYTES = 1024 * 1024
_LIGHT_INK, _DARK_INK = "#1d1a17", "#f2eee8"
_DARK_PAPER = "#16130f"
_GROUND = 13
"""The contrast of the text to its paper: enough to shade both and still read."""
_OWN = {"warn": "#8a5a00", "bad": "#b3261e", "good": "#1b6e3c"}


def routes(desk: DeskContext) -> list[DeskRoute]:
    """The style and the logo; both are made once."""
    look = _Look(stylesheet(desk.world.programme.brand.palette).encode(), *_logo(desk))
    return [DeskRoute("GET", "/brand.css", OPEN, look.style), DeskRoute("GET", "/logo", OPEN, look.logo)]


@dataclass(frozen=True, slots=True)
class _Look:
    css: bytes
    logo_type: str
    logo_content: bytes

    async def style(self, _: Call) -> Response:
        """The colours."""
        return Response(self.css, media_type="text/css; charset=utf-8", headers=KEPT)

    async def logo(self, _: Call) -> Response:
        """The picture."""
        return Response(self.logo_content, media_type=self.logo_type, headers=_SHUT_IN)


def stylesheet(palette: Palette) -> str:
    """Custom properties for light, and for dark where somebody prefers it."""
    light, dark = _block(colours(palette, is_dark=False)), _block(colours(palette, is_dark=True))
    return f":root{{color-scheme:light dark;{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"


def colours(palette: Palette, *, is_dark: bool) -> dict[str, str]:
    """Name -> colour. Every text colour has AA contrast on paper, on sheets and on what is raised."""
    ink = _DARK_INK if is_dark else _LIGHT_INK
    paper = readable(mixed(palette.primary, _DARK_PAPER, 0.06) if is_dark else palette.paper, ink, least=_GROUND)
    sheet = mixed(ink, paper, 0.05) if is_dark else mixed("#ffffff", paper, 0.7)
    raised = mixed(ink, paper, 0.1)
    grounds = (paper, sheet, raised)
    primary, accent = readable(palette.primary, *grounds, least=3), palette.accent
    tint = mixed(palette.primary, paper, 0.22 if is_dark else 0.1)
    found = {
        "paper": paper,
        "sheet": sheet,
        "raised": raised,
        "line": mixed(ink, paper, 0.22),
        "ink": readable(ink, *grounds),
        "muted": readable(mixed(ink, paper, 0.62), *grounds),
        "primary": primary,
        "on-primary": readable(palette.paper, primary),
        "link": readable(palette.primary, *grounds),
        "accent": accent,
        "on-accent": on(accent),
        "tint": tint,
        "on-tint": readable(ink, tint),
        "focus": readable(accent, *grounds, least=3),
        "edge": readable(mixed(ink, paper, 0.4), *grounds, least=3),
    }
    return found | {name: readable(colour, *grounds) for name, colour in _OWN.items()}


def monogram(programme: Programme) -> str:
    """A picture for a brand that has none: its first letter in its colours."""
    letter = next((one for one in programme.name if one.isalnum()), "·").upper()
    ground = programme.brand.palette.primary
    ink = readable(programme.brand.palette.paper, ground)
    return (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 64 64">'
        f'<rect width="64" height="64" rx="14" fill="{ground}"/>'
        '<text x="32" y="33" font-family="Georgia, serif" font-size="38" font-weight="bold" text-anchor="middle" '
        f'dominant-baseline="central" fill="{ink}">{escape(letter)}</text></svg>'
    )


def _logo(desk: DeskContext) -> tuple[str, bytes]:
    """The type and the content of the programme's own file, else of a monogram."""
    name, folder = desk.world.programme.brand.logo, _folder(desk)
    path = (folder / name).resolve() if name else None
    if path is not None and path.is_relative_to(folder.resolve()) and path.suffix.lower() in _TYPES and path.is_file():
        content = path.read_bytes()
        if len(content) <= _MOST_BYTES:
            return _TYPES[path.suffix.lower()], content
    return "image/svg+xml", monogram(desk.world.programme).encode()


def _folder(desk: DeskContext) -> Path:
    """Where the programme's file is: the deployment's own, else the demo's."""
    own = desk.settings.folder
    return own if own is not None and (own / "programme.yaml").exists() else _DEMO


def _block(values: Mapping[str, str]) -> str:
    return "".join(f"--{name}:{value};" for name, value in values.items())
