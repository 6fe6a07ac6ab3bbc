"""The consonants of a word in Latin letters, whichever script it is written in.

People leave out vowels ("qnti pnti"), and spell Hindi and Arabic in Latin letters each in their own way: "kitne",
"kitney" and "कितने" have one skeleton, and so have "no2ta", "nokta" and "نقطة". Sounds that are written alike become one
letter. Skeletons are only compared with each other.
"""

import re

_HINDI = {
    **dict.fromkeys("कख", "k"),
    **dict.fromkeys("गघ", "g"),
    **dict.fromkeys("चछ", "c"),
    **dict.fromkeys("जझ", "j"),
    **dict.fromkeys("टठतथ", "t"),
    **dict.fromkeys("डढदध", "d"),
    **dict.fromkeys("ङञणनंँ", "n"),
    **dict.fromkeys("पफ", "p"),
    **dict.fromkeys("बभ", "b"),
    **dict.fromkeys("शषस", "s"),
    "म": "m",
    "य": "y",
    "र": "r",
    "ल": "l",
    "व": "v",
    "ह": "h",
}
"""Devanagari consonants; aspirated ones with their plain sisters, as they are mixed up in Latin letters too."""
_ARABIC = {
    **dict.fromkeys("تطة", "t"),
    **dict.fromkeys("دض", "d"),
    **dict.fromkeys("سصش", "s"),
    **dict.fromkeys("زذظ", "z"),
    **dict.fromkeys("كقخ", "k"),
    **dict.fromkeys("حه", "h"),
    "ب": "b",
    "ث": "s",
    "ج": "g",
    "ر": "r",
    "غ": "g",
    "ف": "f",
    "ل": "l",
    "م": "m",
    "ن": "n",
    "و": "",
    "ي": "",
    **dict.fromkeys("اأإآعءئؤىﺀ", ""),
}
"""Arabic consonants as they are spelt in Latin letters and digits."""
_LATIN = {
    **{letter: letter for letter in "bdfghjklmnprstvz"},
    "c": "k",
    "q": "k",
    "x": "ks",
    "w": "v",
    "y": "",
    "2": "k",
    "3": "",
    "5": "k",
    "7": "h",
    "8": "g",
    "9": "s",
    **dict.fromkeys("aeiou", ""),
}
_LETTERS = {ord(letter): sound for table in (_HINDI, _ARABIC, _LATIN) for letter, sound in table.items()}
_DIGRAPHS = (("ph", "f"), ("kh", "k"), ("gh", "g"), ("th", "t"), ("dh", "d"), ("bh", "b"), ("sh", "s"), ("ch", "c"))
_RUNS = re.compile(r"(.)\1+")
_SCRIPTS = re.compile("[a-z\u0600-\u06ff\u0900-\u097f]")


ROMANISED = frozenset({"ar", "hi"})
"""Languages of the locales whose speakers often write in Latin letters."""
_ARABIZI = re.compile(r"\b(?:[a-z]+[235678][a-z]+|[235678][aeiouy][a-z]+)\b")
_ROMANISED = frozenset(
    {
        *("aap", "aapka", "batao", "bhai", "chahiye", "dost", "hai", "hain", "hoon", "kab", "kahan", "kaisa", "kaise"),
        *("kar", "kare", "karna", "karo", "karu", "ki", "kitna", "kitne", "kitni", "ko", "kya", "kyu", "kyun", "mein"),
        *("mera", "mere", "meri", "mujhe", "nahi", "nahin", "raha", "rahe", "rahi", "tha", "tum", "yeh"),
        *("akhi", "ana", "enta", "ezayak", "habibi", "inta", "inti", "keefak", "lesh", "mafi", "mesh", "mish"),
        *("mumkin", "shlonak", "shu", "shukran", "walla", "wallah", "ween", "yalla", "yani"),
    }
)
"""Hindi, Urdu and Arabic words in Latin letters; two of them in one text and a text is taken for romanised."""
_LONGEST = 400


def skeleton(word: str) -> str:
    """The consonants of a folded word; empty for one without, and for scripts that are not spelt in Latin letters."""
    if not _SCRIPTS.match(word):
        return ""
    for written, sound in _DIGRAPHS:
        word = word.replace(written, sound)
    return _RUNS.sub(r"\1", word.translate(_LETTERS))


def bones(folded: str) -> str:
    """The skeletons of a folded text's words, one space apart; empty for less than three of them."""
    found = [one for one in map(skeleton, folded.split()) if one]
    return " ".join(found) if len(found) > 2 else ""


def is_romanised(text: str) -> bool:
    """Whether Latin letters spell a language of another script: Arabizi digits in words, or Hindi's commonest words."""
    small = text[:_LONGEST].lower()
    return bool(_ARABIZI.search(small)) or len(_ROMANISED.intersection(small.split())) > 1
