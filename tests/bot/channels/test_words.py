"""Which whole messages mean: stop writing to me, in every conversation."""

import pytest

from bot.channels._words import UNAMBIGUOUS_OPT_OUT, opt_out_word


@pytest.mark.parametrize(
    "word", ["STOP", "Stop.", "  stop 🛑", "ARRÊT", "désabonner", "ＳＴＯＰ", "退订", "إلغاء الاشتراك", "रोकें"]
)
def test_unambiguous_words(word):
    assert opt_out_word(word)


@pytest.mark.parametrize(
    "word", ["", "!!!", "cancel", "end", "annulla", "basta", "إلغاء", "बंद", "non stop", "bus stop", "td", "x" * 9999]
)
def test_ambiguous_words(word):
    assert not opt_out_word(word)
    assert word not in UNAMBIGUOUS_OPT_OUT
