"""Colours that can be read: a brand's palette, moved in lightness until text on it has the contrast of WCAG AA."""

from __future__ import annotations

from colorsys import hls_to_rgb, rgb_to_hls

AA = 4.5
_STEPS = 200


def luminance(colour: str) -> float:
    """WCAG's relative luminance of #rrggbb."""
    red, green, blue = (_linear(part) for part in _parts(colour))
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG's contrast ratio, 1 to 21."""
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable(colour: str, *backgrounds: str, least: float = AA) -> str:
    """The colour nearest to this one in lightness that stands out from every background; else black or white."""
    hue, lightness, saturation = rgb_to_hls(*_parts(colour))
    for step in range(_STEPS + 1):
        for target in (lightness - step / _STEPS, lightness + step / _STEPS):
            if 0 <= target <= 1:
                found = _hex(*hls_to_rgb(hue, target, saturation))
                if all(contrast(found, one) >= least for one in backgrounds):
                    return found
    return max(("#000000", "#ffffff"), key=lambda one: min(contrast(one, other) for other in backgrounds))


def on(colour: str) -> str:
    """Black or white, whichever is easier to read on this colour."""
    return max(("#ffffff", "#000000"), key=lambda one: contrast(one, colour))


def mixed(one: str, other: str, share: float) -> str:
    """So much of `one`, the rest `other`."""
    pairs = zip(_parts(one), _parts(other), strict=True)
    red, green, blue = (share * a + (1 - share) * b for a, b in pairs)
    return _hex(red, green, blue)


def _parts(colour: str) -> tuple[float, float, float]:
    digits = colour.removeprefix("#")
    return int(digits[0:2], 16) / 255, int(digits[2:4], 16) / 255, int(digits[4:6], 16) / 255


def _hex(*parts: float) -> str:
    return "#" + "".join(f"{round(max(0.0, min(1.0, part)) * 255):02x}" for part in parts)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
