"""The words we say: gettext catalogues laid over the English source text, typed values formatted by Babel.

`Message` is a text of the source, `Texts` says it in a locale. Code marks its texts with `N_`, `NN_` (plural) and
`NP_` (with a context; `"button"` for labels). `check`, `sources` and `update` look after the catalogues.
"""

from bot.texts._catalogue import FILE, VARIANT, Catalogue, TextsError
from bot.texts._message import N_, NN_, NP_, Message, placeholders
from bot.texts._texts import Texts
from bot.texts._values import exponent

__all__ = [
    "FILE",
    "NN_",
    "NP_",
    "N_",
    "VARIANT",
    "Catalogue",
    "Message",
    "Texts",
    "TextsError",
    "exponent",
    "placeholders",
]
