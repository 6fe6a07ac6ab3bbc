"""What a sentence tells by the way: a day, a number, a phone, an e-mail address, a name, a code, a language."""

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from typing import Literal

import phonenumbers
from babel import Locale, UnknownLocaleError

from bot.understanding import answers
from bot.understanding.days import MARKS, UNSPACED, Spelt, days, spell
from loyalty import codes

Kind = Literal["date", "number", "phone", "email", "name", "code", "language"]


@dataclass(frozen=True, slots=True)
class Entity:
    """A stretch of a text and what it says: 1990-05-03 or --05-03, digits, E.164, an address, a name, a code, `pt`."""

    kind: Kind
    value: str
    start: int
    end: int


_Found = Iterable[tuple[str, int, int]]
"""Values with their places in the spelt text."""
_LONGEST = 1000
_DIGIT = re.compile(r"\d")
_FEWEST_DIGITS = 7
"""A phone number has as many; what is shorter is a number."""
_MOST_TRIES = 50
_AMOUNT = re.compile(r"[1-9]\d{0,2}(?:[.,]\d{3})+")
_LARGEST_AMOUNT = 7
"""Digits of 1.234.567, which some country dials."""
_RUN = re.compile(r"(?<![0-9a-z])[0-9a-z](?:[0-9a-z_\-]{7,60}[0-9a-z])(?![0-9a-z])")
_LONGEST_CODE = 60
_FEWEST_IN_CODE = 3
"""Digits of a code in small letters in a sentence: Arabic in Latin letters has words with one or two (nesta3mel)."""
_CODE_DIGIT = re.compile("[2-9]")
_BEFORE_CODE = re.compile(r"(?:[a-z]{1,12}[_\-]+){0,2}")
_LETTERS = rf"(?:[^\W\d_{UNSPACED}]|[{MARKS}])"
_WORD = re.compile(rf"{_LETTERS}+")
_IS_UNSPACED = re.compile(rf"[{UNSPACED}]")
_NAME_WORD = re.compile(rf"{_LETTERS}+(?:['.\-]{_LETTERS}+)*")
_NAME_RUN = re.compile(rf"[{UNSPACED}]{{1,20}}(?:[·・=][{UNSPACED}]{{1,20}}){{0,3}}")
_ENDING_RUN = re.compile(rf"[{UNSPACED}·]{{1,20}}$")
_POLITE = re.compile(r"(?:です|と申します|といいます|と言います|だよ|吗|呢|啊|哦|呀)+$")
_BEFORE_NAME = re.compile(r"[ :,\"'«“„「《]{0,4}")
_NAME_BREAK = re.compile(rf"(?![{MARKS}])[^\w\s'.\-·・]|\n|\d")
_MOST_WORDS = 3
_LONGEST_RUN = 20


def _words(text: str) -> frozenset[str]:
    return frozenset(spell(text).text.split())


_PARTICLES = _words("de da do dos das di del della dello la le van von der den bin ibn al el ter zu du san")
"""Small words inside a name written with capitals."""
_STOP = _words(
    "and i im but from at in is am the a here not so with my can could please ok thanks thank hello hi you for "
    "e ed ma sono vorrei ho grazie ciao che per il io mi y soy pero quiero tengo gracias hola que sou mas quero "
    "tenho obrigado obrigada oi meu minha eu et je j'ai mais bonjour merci mon ma suis und ich aber hallo danke "
    "mein meine habe möchte komme aus и я а но привет спасибо мне хочу мой мне ve ben ama merhaba benim bana beni "
    "dan saya aku tapi halo terima kasih ingin mau dari و انا لكن من أريد شكرا مرحبا "
    "है हूँ हूं हैं और मैं मुझे मेरा लेकिन नमस्ते"
)
"""Words with which no name goes on."""
_NEVER_FIRST = _words("at in the a not so here from is am when if back later please")
"""Words that follow "call me" or "I am" and begin no name, unless they are written as one."""
_OWN = (
    "en english;zh 中文,汉语,漢語,普通话,普通話;hi हिन्दी,हिंदी;es español,castellano;ar العربية,عربي;fr français;"
    "bn বাংলা,bengali;pt português;ru русский,по-русски;ur اردو;id bahasa indonesia;ja 日本語;mr मराठी;te తెలుగు;"
    "ta தமிழ்;vi tiếng việt;ko 한국어;it italiano;th ไทย;pl polski;uk українська,українською;fa فارسی;nl nederlands;"
    "ro română;el ελληνικά;he עברית;sv svenska;cs čeština;de deutsch;tr türkçe"
)
"""The 30 most common languages by their own names."""
_COMMON = [entry.partition(" ")[0] for entry in _OWN.split(";")]
_MORE = {
    "en": "zh mandarin;fa farsi",
    "it": "zh mandarino;es castigliano;fa farsi",
    "es": "zh mandarín;fa farsi",
    "pt": "zh mandarim;fa farsi;vi vietnamita",
    "fr": "zh mandarin;fa farsi",
    "de": "zh mandarin;fa farsi",
    "ar": "en الإنكليزية,الإنجليش;ar لغة عربية",
    "hi": "en इंग्लिश,इंगलिश,अंगरेजी;fr फ्रांसीसी,फ्रेंच;zh चीनी भाषा,चीनी में,मंदारिन;te तेलुगु;bn बांग्ला;es स्पैनिश;it इटैलियन",
    "id": "zh bahasa mandarin,mandarin,bahasa cina,bahasa china;fa farsi;id bahasa indo,bhs indo,b indo;en ke inggris",
    "ru": "zh мандаринский;fa фарси;ru russki,russkom",
    "ja": "en イングリッシュ,えいご,eigo;zh 北京語;ja にほんご,nihongo",
    "zh": "en 英語,yingyu,yingwen;ja 日語;es 西語;zh 国语,國語,中國話,zhongwen",
    "tr": "zh mandarin;fa farsi,acemce",
}
"""What CLDR does not say, by the language of the talk."""
_ONLY_ALONE = _words("चीनी चेक عربية română")
"""Sugar and check in Hindi, a car in Egypt, Roman in Italy: languages only where nothing else is said."""
_ARTICLE = "ال"


def find(
    text: str, locale: str, *, region: str | None, today: date, introductions: Sequence[str] = ()
) -> tuple[Entity, ...]:
    """What a text tells, in its order and never overlapping: of two readings the more certain kind is kept.

    `introductions` are the locale's patterns that a name stands in, as "my name is {name}".
    """
    text = text[:_LONGEST]
    locale = locale.partition("@")[0]
    spelt = spell(text)
    readings: tuple[tuple[Kind, _Found], ...] = (
        ("email", _emails(spelt, text)),
        ("phone", _phones(spelt, region, locale, today)),
        ("code", _codes(spelt, text)),
        ("date", _days(spelt, locale, today)),
        ("language", _languages(spelt, locale)),
        ("name", _names(spelt, text, tuple(introductions))),
        ("number", _numbers(spelt, locale)),
    )
    taken = bytearray(len(text))
    found = []
    for kind, values in readings:
        for value, first, last in values:
            start, end = spelt.written(first, last)
            if not any(taken[start:end]):
                taken[start:end] = b"\1" * (end - start)
                found.append(Entity(kind, value, start, end))
    return tuple(sorted(found, key=lambda one: one.start))


def _emails(spelt: Spelt, text: str) -> _Found:
    if "@" not in spelt.text:
        return
    for one in answers.EMAIL.finditer(spelt.text):
        start, end = spelt.written(*one.span())
        value = answers.email(text[start:end])
        if value is not None:
            yield value, *one.span()


def _phones(spelt: Spelt, region: str | None, locale: str, today: date) -> _Found:
    if len(_DIGIT.findall(spelt.text)) < _FEWEST_DIGITS:
        return
    plain = answers.ABROAD.sub(" +", spelt.text)
    for told, start, end in days(spelt.text, locale, today):
        if told.year is not None:
            plain = plain[:start] + ";" * (end - start) + plain[end:]
    for one in phonenumbers.PhoneNumberMatcher(plain, region, max_tries=_MOST_TRIES):
        digits = len(_DIGIT.findall(one.raw_string))
        if digits >= _FEWEST_DIGITS and not (digits <= _LARGEST_AMOUNT and _AMOUNT.fullmatch(one.raw_string)):
            value = phonenumbers.format_number(one.number, phonenumbers.PhoneNumberFormat.E164)
            start = one.start - 1 if spelt.text[one.start] == "0" != plain[one.start] else one.start
            yield value, start, one.end


def _codes(spelt: Spelt, text: str) -> _Found:
    plain = spelt.text
    if len(plain) < codes.LENGTH or not _CODE_DIGIT.search(plain):
        return
    whole = plain.strip(" \n.,:;!?()[]\"'«»“”")
    is_code_like = len(whole) <= _LONGEST_CODE and (" " not in whole or not any(map(str.islower, text)))
    value = is_code_like and (_read_code(whole) or codes.read_coupon(whole) or codes.read_card(whole))
    if value:
        yield value, plain.index(whole), plain.index(whole) + len(whole)
        return
    for one in _RUN.finditer(plain):
        if len(_DIGIT.findall(one[0])) >= _FEWEST_IN_CODE or not _slice(spelt, text, *one.span()).islower():
            yield from _code_in(one[0], one.start())


def _code_in(run: str, start: int) -> Iterator[tuple[str, int, int]]:
    signs = [place for place, sign in enumerate(run) if sign not in "_-"]
    if len(signs) >= codes.LENGTH:
        first = signs[-codes.LENGTH]
        value = _read_code(run[first:])
        if value is not None and _BEFORE_CODE.fullmatch(run[:first]):
            yield value, start + first, start + len(run)
            return
    value = codes.read_coupon(run) or codes.read_card(run)
    if value is not None:
        yield value, start, start + len(run)


def _read_code(written: str) -> str | None:
    code = codes.normalise(written)
    return code if codes.is_valid(code) else None


def _days(spelt: Spelt, locale: str, today: date) -> _Found:
    for told, start, end in days(spelt.text, locale, today):
        year = "-" if told.year is None else f"{told.year:04}"
        yield f"{year}-{told.month:02}-{told.day:02}", start, end


def _numbers(spelt: Spelt, locale: str) -> _Found:
    if not _DIGIT.search(spelt.text):
        return
    for one in _number_pattern(locale).finditer(spelt.text):
        yield re.sub(r"\D", "", one[0]), *one.span()


@lru_cache(maxsize=64)
def _number_pattern(locale: str) -> re.Pattern[str]:
    """Whole numbers that are no part of a word, a time, a fraction, a score (8/10), a range or a negative number."""
    group = answers.grouping(locale)
    edge = rf"[^\W{UNSPACED}]|[{MARKS}]"
    written = rf"\d{{1,3}}(?:{group}\d{{3}}){{1,4}}|\d{{1,2}}(?:{group}\d\d){{1,4}}{group}\d{{3}}|\d{{1,15}}"
    return re.compile(rf"(?<!{edge})(?<!-)(?<!\d[.,:/'٫٬])(?:{written})(?!{edge}|[.,:/'٫٬\-]\d)")


def _languages(spelt: Spelt, locale: str) -> _Found:
    words, within = _language_names(locale)
    plain = spelt.text
    if not plain.isascii():
        for one in within.finditer(plain):
            yield words[one[0]], *one.span()
    tokens = [(one[0], *one.span()) for one in _WORD.finditer(plain)]
    if len(tokens) == 1 and f"={tokens[0][0]}" in words:
        yield words[f"={tokens[0][0]}"], *tokens[0][1:]
    for place, (word, start, end) in enumerate(tokens):
        following = tokens[place + 1] if place + 1 < len(tokens) else None
        if following is not None and f"{word} {following[0]}" in words and not plain[end : following[1]].strip(" ."):
            yield words[f"{word} {following[0]}"], start, following[2]
        elif word in words:
            yield words[word], start, end


@lru_cache(maxsize=64)
def _language_names(locale: str) -> tuple[dict[str, str], re.Pattern[str]]:
    """Language codes by their names as `spell` writes them, those good only alone behind "="; the unspaced names."""
    talk = locale.partition("_")[0]
    words: dict[str, str] = {}
    inflected = (
        (code, form) for code, name in (*_said(_MORE.get(talk, "")), *_cldr(locale)) for form in _forms(name, talk)
    )
    for code, name in (*inflected, *_said(_OWN), *_cldr("en")):
        key = spell(name).text
        words.setdefault(f"={key}" if key in _ONLY_ALONE else key, code)
    unspaced = sorted((name for name in words if _IS_UNSPACED.search(name)), key=len, reverse=True)
    return words, re.compile("|".join(map(re.escape, unspaced)))


def _said(table: str) -> Iterator[tuple[str, str]]:
    for entry in filter(None, table.split(";")):
        code, _, names = entry.partition(" ")
        yield from ((code, name) for name in names.split(","))


def _cldr(locale: str) -> Iterator[tuple[str, str]]:
    try:
        names = Locale.parse(locale).languages
    except (UnknownLocaleError, ValueError):
        return
    yield from ((code, names[code]) for code in _COMMON if code in names)


def _forms(name: str, talk: str) -> Iterable[str]:
    """A language's name as it is inflected or put in the language of the talk; "=" before what is one only alone."""
    if talk == "ru" and name.endswith(("ский", "цкий")):
        return [name, *(name[:-2] + ending for ending in ("ом", "ого", "ому", "и", "им"))]
    if talk == "ru" and name == "иврит":
        return name, "иврите"
    if talk == "tr" and name[-1:] in "ae":
        vowel = {"a": "aı", "e": "ei"}[name[-1]]
        endings = ("", f"y{vowel[1]}", f"y{vowel[0]}", f"d{vowel[0]}", f"d{vowel[0]}n")
        return [name + ending for ending in endings]
    if talk == "ar" and name.startswith(_ARTICLE):
        bare = name.removeprefix(_ARTICLE)
        stems = (bare, bare.removesuffix("ة")) if bare.endswith("ية") else (bare,)
        return [head + stem for stem in stems for head in ("", _ARTICLE, "ب" + _ARTICLE, "ب", "لل", "و" + _ARTICLE)]
    if talk == "zh" and name.endswith("语"):
        return name, name[:-1] + "文", name[:-1] + "語"
    if talk == "de":
        return name, name.replace("ö", "oe").replace("ü", "ue")
    if talk == "id" and name[:1].isupper():
        return [f"={name}", *(f"{head} {name}" for head in ("bahasa", "bahasanya", "bhs", "b", "pake", "pakai"))]
    if talk == "it" and name.endswith("o"):
        return name, f"lingua {name[:-1]}a"
    return (name,)


@dataclass(frozen=True, slots=True)
class _Introduction:
    """What stands before and after a name, spelt."""

    head: str
    tail: str


@lru_cache(maxsize=64)
def _patterns(introductions: tuple[str, ...]) -> tuple[_Introduction, ...]:
    """The patterns that hold a name, those with words on both sides first, then the longest."""
    found = set()
    for pattern in introductions:
        head, name, tail = pattern.partition("{name}")
        one = _Introduction(*(" ".join(spell(side).text.split()).strip(" .!,:") for side in (head, tail)))
        if name and (one.head or one.tail):
            found.add(one)
    return tuple(sorted(found, key=lambda one: (not one.head, not one.tail, -len(one.head + one.tail), one.head)))


def _names(spelt: Spelt, text: str, introductions: tuple[str, ...]) -> _Found:
    plain = spelt.text
    for one in _patterns(introductions):
        place = plain.find(one.head or one.tail)
        while place >= 0:
            after = place + len(one.head or one.tail)
            if _stands(plain, place, after):
                span = _after(spelt, text, after, one.tail) if one.head else _before(spelt, text, place)
                value = span and answers.name(_slice(spelt, text, *span))
                if span and value:
                    yield value, *span
                    break
            place = plain.find(one.head or one.tail, after)


def _slice(spelt: Spelt, text: str, start: int, end: int) -> str:
    first, last = spelt.written(start, end)
    return text[first:last]


def _stands(plain: str, start: int, end: int) -> bool:
    """Whether whole words stand here: nothing grows on either side, except in scripts without spaces."""
    return not (_joins(plain[start - 1 : start], plain[start]) or _joins(plain[end : end + 1], plain[end - 1]))


def _joins(outside: str, inside: str) -> bool:
    return bool(outside and _WORD.match(outside) and _WORD.match(inside))


def _after(spelt: Spelt, text: str, start: int, tail: str) -> tuple[int, int] | None:
    plain = spelt.text
    lead = _BEFORE_NAME.match(plain, start)
    start = lead.end() if lead else start
    if not tail:
        return _forward(spelt, text, start)
    end = plain.find(tail, start, start + 60 + len(tail))
    while end >= 0 and not _stands(plain, end, end + len(tail)):
        end = plain.find(tail, end + 1, start + 60 + len(tail))
    name = plain[start : max(end, start)].strip()
    start += len(plain[start:]) - len(plain[start:].lstrip())
    if not name or _NAME_BREAK.search(name) or len(name.split()) > _MOST_WORDS:
        return None
    return start, start + len(name)


def _forward(spelt: Spelt, text: str, start: int) -> tuple[int, int] | None:
    run = _NAME_RUN.match(spelt.text, start)
    if run:
        length = len(_POLITE.sub("", run[0]))
        return (start, start + length) if 0 < length <= _LONGEST_RUN else None
    end, count, is_capital = start, 0, True
    for word in _words_on(spelt.text, start):
        stands_out = not _slice(spelt, text, *word.span()).islower()
        is_capital = is_capital and (stands_out or count > 0)
        if word[0] in (_STOP if count else _NEVER_FIRST) and (count or not stands_out):
            break
        if stands_out or not is_capital:
            end, count = word.end(), count + 1
        elif word[0] not in _PARTICLES:
            break
        if count == _MOST_WORDS:
            break
    return (start, end) if end > start else None


def _words_on(plain: str, start: int) -> Iterator[re.Match[str]]:
    """The words from a place on, one space apart; a few."""
    for _ in range(2 * _MOST_WORDS):
        word = _NAME_WORD.match(plain, start)
        if word is None:
            return
        yield word
        start = word.end() + 1
        if plain[word.end() : start] != " ":
            return


def _before(spelt: Spelt, text: str, end: int) -> tuple[int, int] | None:
    """The word before a place, and those before it that are written with a capital as it is."""
    lead = spelt.text[max(end - 60, 0) : end].rstrip(" '\"»”」,")
    shift = max(end - 60, 0)
    run = _ENDING_RUN.search(lead)
    if run:
        return shift + run.start(), shift + len(lead)
    words = list(_NAME_WORD.finditer(lead))[-_MOST_WORDS:]
    if not words or words[-1].end() != len(lead) or words[-1][0] in _STOP:
        return None
    start = words[-1].start()
    for word in reversed(words[:-1]):
        letter = _slice(spelt, text, shift + word.start(), shift + word.start() + 1)
        if lead[word.end() : start] != " " or word[0] in _STOP or not letter.isupper():
            break
        start = word.start()
    return shift + start, shift + len(lead)
