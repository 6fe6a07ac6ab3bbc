"""Are the phrases of all locales good enough, and do none of them pass over a word of consent? Pure functions.

`Phrases.load` refuses the first contradiction it meets and `Intents` the first shadowed word; here all are told, each
with its file and line, for the command and the tests.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path

from bot.texts.check import Problem
from bot.understanding.answers import day, number
from bot.understanding.folding import fold, key, squeeze
from bot.understanding.phrases import PhraseFile
from storage.documents import Document, Keys, Node, read

CLEAR, AMBIGUOUS, OPT_IN = "opt_out.clear", "opt_out.ambiguous", "opt_in"
INTRODUCTIONS, FEELINGS = "introductions", "sentiment."
FEWEST = {
    **dict.fromkeys(("balance", "history", "tier", "stamps", "rewards", "coupon", "referral"), 80),
    **dict.fromkeys(("human", "complaint", "optout"), 80),
    **dict.fromkeys(("birthday", "language", "profile", "optin", "privacy", "help", "greeting", "thanks"), 40),
    **dict.fromkeys(("goodbye", "cancel", "store", "yes", "no"), 40),
}
"""How many different phrases an intent needs; fewer and the classifier guesses."""
ENDS = frozenset({"optout", "cancel", "no", CLEAR, AMBIGUOUS})
"""Lists in which a word that ends consent may stand, in its own locale."""
BEGINS = frozenset({"optin", "optin.join", "yes", OPT_IN})
"""The same for a word that gives it, in any locale."""
STARTS, HELPS = frozenset({"start", "unstop", "yes"}), frozenset({"help", "info"})
"""What an SMS provider acts on beside its words to stop."""
NAMES = frozenset(
    {
        *("ali", "alba", "ana", "anna", "andrea", "ayşe", "budi", "carlos", "carmen", "chiara", "cruz", "dewi"),
        *("elena", "emma", "fatima", "felix", "fine", "giulia", "hana", "hans", "ivan", "joão", "jose", "julia"),
        *(
            "laura",
            "li",
            "linda",
            "luca",
            "luna",
            "maria",
            "marie",
            "marco",
            "max",
            "mehmet",
            "mia",
            "mohammed",
            "mona",
        ),
        *("nina", "nour", "olga", "omar", "paul", "pedro", "priya", "putri", "rita", "rosa", "sara", "siti", "sofia"),
        *("stella", "sol", "tina", "ugo", "ute", "wang", "yui", "yusuf", "zoe"),
        *("محمد", "فاطمة", "نور", "राम", "सीता", "анна", "иван", "мария", "愛", "蓮", "伟", "敏"),
    }
)
"""Given names that are common; one of them as an answer must never be taken for a word of consent."""


@dataclass(frozen=True, slots=True)
class Said:
    """One phrase where it stands. `list` is its intent, or the name of another list (`other`, `opt_out.clear`)."""

    file: Path
    line: int
    locale: str
    list: str
    text: str
    key: str = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "key", key(self.text))

    @property
    def loose(self) -> str:
        """How words of consent are compared: every run of a letter as one."""
        return squeeze(self.key)

    def problem(self, what: str, *, is_warning: bool = False) -> Problem:
        return Problem(self.file, self.line, what, is_warning)

    def __str__(self) -> str:
        return f"{self.locale} {self.list}, {self.file.parent.name}/{self.file.name}:{self.line}"


@dataclass(frozen=True, slots=True)
class Around:
    """What the phrases are held against. Labels are those one may answer with, by locale."""

    carrier_words: Collection[str] = ()
    """At which an SMS provider cuts us off."""
    labels: Mapping[str, Collection[str]] = field(default_factory=dict)
    shipped: Collection[str] = ()
    """Locales of ours: too few phrases are an error there, elsewhere a warning."""
    today: date = date(2026, 1, 1)


Rule = Callable[[Sequence[Said], Around], Iterator[Problem]]


def read_said(file: Path, locale: str) -> list[Said]:
    """Every phrase of a phrases.yaml; DocumentError if it is none."""
    document = read(file)
    document.into(PhraseFile)
    return [
        Said(file, line, locale, name.removeprefix("intents."), text)
        for keys, name in _lists(document.value)
        for line, text in _lines(document, keys, file)
    ]


def check(said: Sequence[Said], around: Around) -> list[Problem]:
    """Everything wrong with the phrases of all locales, errors first."""
    found = dict.fromkeys(problem for rule in RULES for problem in rule(said, around))
    return sorted(found, key=lambda one: (one.is_warning, str(one.file), one.line, one.what))


def _lists(value: Node) -> Iterator[tuple[Keys, str]]:
    """The keys and the dotted name of every list."""
    for name, inner in value.items() if isinstance(value, dict) else ():
        if isinstance(inner, dict):
            yield from (((name, one), f"{name}.{one}") for one in inner)
        else:
            yield (name,), name


def _lines(document: Document, keys: Keys, file: Path) -> Iterator[tuple[int, str]]:
    value: Node = document.value
    for name in keys:
        assert isinstance(value, dict)  # the model has been checked
        value = value[str(name)]
    first = document.line(keys)
    if isinstance(value, list):
        yield from ((document.line((*keys, place)), str(one).strip()) for place, one in enumerate(value))
    elif isinstance(value, str):
        is_block = file.read_text(encoding="utf-8-sig").splitlines()[first - 1].rstrip().endswith(("|", "|-", "|+"))
        for place, one in enumerate(value.splitlines(), start=first + is_block):
            if one.strip():
                yield place, one.strip()


def two_meanings(said: Sequence[Said], _: Around) -> Iterator[Problem]:
    """No phrase of a locale stands for two intents, for two words of consent, or sounds two ways."""
    first: dict[tuple[str, str, str], Said] = {}
    for one in said:
        before = first.setdefault((one.locale, _realm(one), one.key), one)
        if before.list != one.list:
            is_warning = one.list.startswith(FEELINGS)
            yield one.problem(f"{one.text!r} is both {one.list} and {_at(before)}", is_warning=is_warning)


def repeats(said: Sequence[Said], _: Around) -> Iterator[Problem]:
    """The same words twice in a list teach nothing; and a phrase must hold something that is compared."""
    first: dict[tuple[str, str, str], Said] = {}
    for one in said:
        if not one.key:
            yield one.problem(f"{one.text!r} holds nothing that is compared")
            continue
        before = first.setdefault((one.locale, one.list, one.key), one)
        if before is not one:
            yield one.problem(f"{one.text!r} is there already, as {before.text!r} in {_at(before)}", is_warning=True)


def enough(said: Sequence[Said], around: Around) -> Iterator[Problem]:
    """Every intent that matters has phrases enough to learn from."""
    distinct: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    place: dict[tuple[str, str], Said] = {}
    for one in said:
        distinct[one.locale, one.list].add(one.key)
        place.setdefault((one.locale, one.list), one)
        place.setdefault((one.locale, ""), one)
    for locale in dict.fromkeys(one.locale for one in said):
        for intent, fewest in FEWEST.items():
            number_of = len(distinct[locale, intent])
            if number_of < fewest:
                here = place.get((locale, intent))
                file, line = (place[locale, ""].file, 1) if here is None else (here.file, here.line)
                what = f"{locale}: {number_of} different phrases for {intent}, {fewest} are needed"
                yield Problem(file, line, what, is_warning=locale not in around.shipped)


def consent_is_not_shadowed(said: Sequence[Said], _: Around) -> Iterator[Problem]:
    """A word of consent is no phrase for something else; clear ones and those that opt in count in every locale."""
    phrases = _by_loose(one for one in said if _realm(one) in ("meaning", "consent"))
    for word in said:
        if word.list not in (CLEAR, AMBIGUOUS, OPT_IN):
            continue
        for one in phrases[word.loose]:
            level = _shadow(word, one)
            if level is not None:
                what = f"{one.text!r} ({one.locale} {one.list}) is a word of consent: {word}"
                yield one.problem(what, is_warning=level == "warning")


def _shadow(word: Said, one: Said) -> str | None:
    """How bad it is that a phrase is spelt like a word of consent."""
    own = one.locale == word.locale
    if word.list == AMBIGUOUS:
        return "error" if own and one.list not in ENDS else None
    if word.list == OPT_IN:
        return None if one.list in BEGINS else "error"
    if one.list in ENDS:
        return None if own or one.list in ("optout", CLEAR) else "warning"
    return "error"


def labels_are_free(said: Sequence[Said], around: Around) -> Iterator[Problem]:
    """Nobody who types the label of a choice gives or ends consent by it."""
    labels: defaultdict[str, list[str]] = defaultdict(list)
    for locale, written in around.labels.items():
        for label in written:
            labels[squeeze(key(label))].append(f"{label!r} in {locale}")
    for word in said:
        if word.list in (CLEAR, OPT_IN) and word.loose in labels:
            yield word.problem(f"{word.text!r} ({word.list}) is also a choice: {', '.join(labels[word.loose])}")


def answers_are_free(said: Sequence[Said], around: Around) -> Iterator[Problem]:
    """A word of consent that counts in every locale is no letter, day, number or given name."""
    locales = tuple(dict.fromkeys(one.locale for one in said))
    names = {key(name) for name in NAMES}
    for word in said:
        if word.list not in (CLEAR, OPT_IN):
            continue
        if len(word.key) == 1 and word.key.isascii():
            yield word.problem(f"{word.text!r} ({word.list}) is a single letter: too little to go by")
        if word.key in names:
            yield word.problem(f"{word.text!r} ({word.list}) is also a given name")
        read_as = [
            f"{kind} in {locale}"
            for locale in locales
            for kind, found in (
                ("a day", day(word.text, locale, around.today)),
                ("a number", number(word.text, locale)),
            )
            if found is not None
        ]
        if read_as:
            yield word.problem(f"{word.text!r} ({word.list}) is also {', '.join(read_as)}")


def carriers_come_first(said: Sequence[Said], around: Around) -> Iterator[Problem]:
    """What an SMS provider acts on by itself stands for nothing else with us."""
    stops = {key(word) for word in around.carrier_words}
    for one in said:
        if _realm(one) not in ("meaning", "consent"):
            continue
        for words, lists in ((stops, ENDS), (STARTS, BEGINS), (HELPS, {"help"})):
            if one.key in words and one.list not in lists:
                what = f"{one.text!r} ({one.list}) is a word SMS providers act on; it may stand in "
                yield one.problem(f"{what}{', '.join(sorted(lists))}", is_warning=words is HELPS)


def introductions_are_patterns(said: Sequence[Said], _: Around) -> Iterator[Problem]:
    """Each has `{name}` once, no other brace, and words beside it."""
    for one in said:
        if one.list != INTRODUCTIONS:
            continue
        rest = one.text.replace("{name}", "", 1)
        if rest == one.text or "{" in rest or "}" in rest:
            yield one.problem(f"{one.text!r}: an introduction has {{name}} once and no other brace")
        elif not fold(rest):
            yield one.problem(f"{one.text!r}: an introduction has words beside {{name}}")


RULES: tuple[Rule, ...] = (
    two_meanings,
    repeats,
    enough,
    consent_is_not_shadowed,
    labels_are_free,
    answers_are_free,
    carriers_come_first,
    introductions_are_patterns,
)


def _realm(one: Said) -> str:
    """Within a realm a phrase has one meaning: what is wanted, what is consented to, how a comment sounds."""
    if one.list in (CLEAR, AMBIGUOUS, OPT_IN):
        return "consent"
    if one.list.startswith(FEELINGS):
        return "feeling"
    return one.list if one.list == INTRODUCTIONS else "meaning"


def _by_loose(said: Iterable[Said]) -> defaultdict[str, list[Said]]:
    found: defaultdict[str, list[Said]] = defaultdict(list)
    for one in said:
        found[one.loose].append(one)
    return found


def _at(one: Said) -> str:
    return f"{one.list} ({one.file.parent.name}/{one.file.name}:{one.line})"
