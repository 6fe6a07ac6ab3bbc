"""Words that, as a whole message, can only mean: stop writing to me.

Kept conservative: what also means "cancel this", "enough" or "no" in a conversation (cancel, end, quit, annulla,
basta, cancelar, alto, parar, sair, dur, ret, iptal, إلغاء, 停止, बंद, עצור, TD) is not here; flows ask about those.
"""

import string
import unicodedata
from functools import lru_cache

_WORDS = """
stop|stopp|stopall|unsubscribe|optout|opt out|opt me out|stop messages|stop texting me
disiscrivi|disiscrivimi|cancellami|annulla iscrizione|cancella iscrizione|stop messaggi
baja|darme de baja|dar de baja|descadastrar|arrêt|désabonner|désinscrire|me désabonner|me désinscrire|stop sms|stop pub
abmelden|abbestellen|afmelden|uitschrijven|wypisz mnie|rezygnuję z wiadomości
стоп|отписаться|отпишите меня|відписатися|відписатись|abonelikten çık
توقف|إلغاء الاشتراك|הסר|הסירו אותי|रोकें|退订|退訂|取消订阅|取消訂閱|配信停止|수신거부|berhenti berlangganan|hủy đăng ký
"""


_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def _normal(text: str) -> str:
    """Trimmed, case folded, NFKC; accents and punctuation dropped, white space single.

    Accents are the marks of Latin, Greek, Cyrillic and Arabic; an Indic vowel sign is none.
    """
    if text.isascii():
        return " ".join(text.lower().translate(_NO_PUNCTUATION).split())
    folded = unicodedata.normalize("NFD", unicodedata.normalize("NFKC", text).casefold())
    kept = "".join(_plain(letter) for letter in folded)
    return " ".join(unicodedata.normalize("NFC", kept).split())


def _plain(letter: str) -> str:
    if "\u0300" <= letter <= "\u036f" or "\u064b" <= letter <= "\u0655":
        return ""
    return "" if unicodedata.category(letter)[0] in "PSC" and not letter.isspace() else letter


UNAMBIGUOUS_OPT_OUT = frozenset(_normal(word) for line in _WORDS.split("\n") if line for word in line.split("|"))
"""Normalised opt-out messages."""

_LONGEST = 64


def opt_out_word(text: str) -> bool:
    """Whether the whole message is an unambiguous opt-out."""
    return len(text) <= _LONGEST and _remembered(text)


@lru_cache(maxsize=4096)
def _remembered(text: str) -> bool:
    return _normal(text) in UNAMBIGUOUS_OPT_OUT
