"""Proves a set of flows before it is published: paths, handlers, values, words, limits. docs/flows.md has the rules."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from bot.flows._inspection import (
    Catalogues,
    Finding,
    Fit,
    HandlerInfo,
    Level,
    Measure,
    OwnRule,
    Rule,
    Surroundings,
)
from bot.flows._paths import (
    asides_only_read,
    caps_are_kept,
    every_step_lives,
    flows_exist,
    handlers_exist,
    no_rings,
    targets_exist,
)
from bot.flows._values import questions_make_sense, template_is_filled, values_are_there
from bot.flows._wording import labels_are_distinct, prompts_fit, set_is_consistent, texts_exist
from bot.flows.library import Library
from bot.flows.model import Values
from bot.limits import Limits

__all__ = ["Catalogues", "Finding", "Fit", "HandlerInfo", "Level", "Measure", "check"]

OWN_RULES: tuple[OwnRule, ...] = (targets_exist, every_step_lives, questions_make_sense)

RULES: tuple[Rule, ...] = (
    handlers_exist,
    flows_exist,
    no_rings,
    asides_only_read,
    caps_are_kept,
    values_are_there,
    template_is_filled,
    texts_exist,
    labels_are_distinct,
    prompts_fit,
)


def check(
    library: Library,
    *,
    handlers: Mapping[str, HandlerInfo],
    texts: Catalogues | None = None,
    limits: Mapping[str, Limits] | None = None,
    reserved: Collection[str] = (),
    accepted: Mapping[str, Collection[str]] | None = None,
    measure: Measure | None = None,
    samples: Values | None = None,
) -> list[Finding]:
    """Everything found in the active flows, worst first.

    `reserved` are the SMS provider's opt-out and opt-in words, `accepted` the words each locale's phrases accept,
    `samples` values of an ordinary length to measure texts with.
    """
    around = Surroundings(
        library=library,
        handlers=handlers,
        texts=texts,
        limits=limits or {},
        reserved=frozenset(word.strip().casefold() for word in reserved),
        accepted=accepted or {},
        measure=measure,
        samples=samples or {},
    )
    flows = library.active.values()
    found = [finding for flow in flows for rule in OWN_RULES for finding in rule(flow)]
    found += [finding for flow in flows for rule in RULES for finding in rule(flow, around)]
    found += set_is_consistent(around)
    order: tuple[Level, ...] = ("error", "warning", "info")
    return sorted(found, key=lambda finding: order.index(finding.level))
