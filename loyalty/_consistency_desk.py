"""Do the rules of the desk agree: with the flows and templates there are, and among themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from loyalty._consistency_problem import Problem, near, words_lacking
from loyalty.rules import MarketRules, Programme
from loyalty.support import HOLES, DeskRules
from loyalty.wording import speaks
from storage.documents import Keys

_HOLE = re.compile(r"\{([^{}]*)\}")


def desk_problems(programme: Programme, flows: frozenset[str] | None, locales: Sequence[str]) -> Iterator[Problem]:
    """Everything about `desk`. Its templates are checked when the names of the flows are known."""
    desk = programme.desk
    found = [
        *_templates(programme, flows, locales),
        *_answers(desk),
        *_doubled(desk),
        *_limits(desk),
        *words_lacking(desk.canned, ("canned",), locales),
        *words_lacking(desk.goodwill.reasons, ("goodwill", "reasons"), locales),
    ]
    for one in found:
        yield Problem(("desk", *one.keys), one.what, one.level)


def support_problems(rules: MarketRules) -> Iterator[Problem]:
    """A market at whose desk nobody ever sits."""
    if not any(rules.support.hours.values()):
        yield Problem(("support", "hours"), "nobody is ever at the desk for this market", "warning")


def _templates(programme: Programme, flows: frozenset[str] | None, locales: Sequence[str]) -> Iterator[Problem]:
    for at, name in enumerate(programme.desk.templates):
        keys: Keys = ("templates", at)
        if flows is not None and name not in flows:
            yield Problem(keys, f"there is no flow {name}{near(name, flows)}")
            continue
        ready = programme.templates.get(name, {})
        missing = [locale for locale in locales if not speaks(ready, locale)]
        if not ready:
            yield Problem(keys, f"{name} has no approved template: staff cannot send it", "warning")
        elif missing:
            yield Problem(keys, f"{name} has no approved template in {', '.join(missing)}", "warning")


def _answers(desk: DeskRules) -> Iterator[Problem]:
    """What stands in braces is filled in, and nothing else has braces: members would read them."""
    for at, answer in enumerate(desk.canned):
        for locale, text in answer.text.items():
            keys: Keys = ("canned", at, "text", locale)
            for name in sorted(set(_HOLE.findall(text)) - HOLES):
                yield Problem(keys, f"nothing fills {{{name}}}{near(name, HOLES)}")
            if re.search("[{}]", _HOLE.sub("", text)):
                yield Problem(keys, "a brace without its partner")


def _doubled(desk: DeskRules) -> Iterator[Problem]:
    named: tuple[tuple[Keys, list[str], Keys], ...] = (
        (("canned",), [one.name for one in desk.canned], ("name",)),
        (("labels",), list(desk.labels), ()),
        (("goodwill", "reasons"), [one.name for one in desk.goodwill.reasons], ("name",)),
    )
    for keys, names, last in named:
        for at, name in enumerate(names):
            if name in names[:at]:
                yield Problem((*keys, at, *last), f"{name}: a name is used twice")


def _limits(desk: DeskRules) -> Iterator[Problem]:
    if desk.warning_minutes >= desk.idle_minutes:
        what = f"{desk.warning_minutes} is not less than the {desk.idle_minutes} of idle_minutes"
        yield Problem(("warning_minutes",), what)
    if desk.goodwill.limits and not desk.goodwill.reasons:
        yield Problem(("goodwill", "limits"), "without reasons nobody can give points", "warning")
