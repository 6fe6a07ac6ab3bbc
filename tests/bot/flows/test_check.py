"""A sound set of flows has no findings; one broken flow per rule has its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import pytest

from bot.flows.check import Finding, Fit, HandlerInfo, check
from bot.flows.engine import Saying
from bot.limits import BY_CHANNEL, SMS, TELEGRAM, WHATSAPP, Limits
from bot.texts import Message, Texts
from tests.bot.flows.scripts import library

HANDLERS = {
    "rewards.offer": HandlerInfo(frozenset({"none", "some"}), frozenset({"rewards", "points"})),
    "rewards.redeem": HandlerInfo(frozenset({"done"}), frozenset({"code"}), frozenset({"reward"}), writes=True),
    "balance.show": HandlerInfo(frozenset({"ok"}), frozenset({"points"})),
}
SOUND = """
    flow: redeem
    about: Spend points.
    intents: [rewards]
    menu: Rewards
    start: offer
    steps:
      offer: {do: rewards.offer, outcomes: {none: end, some: choose}}
      choose:
        ask: {one: "{points} point. Which?", other: "{points} points. Which?", count: points}
        choices: rewards
        save: reward
        timeout: {after: 30m, then: end}
        then: sure
      sure: {ask: "Spend on {reward}?", choices: {Spend: spend, Not now: end}}
      spend: {do: rewards.redeem, outcomes: {done: code}}
      code: {say: "Your code: {code}", qr: code}
"""


class Catalogue:
    """English, and whatever Italian it is given."""

    def __init__(self, italian: Mapping[str, str]) -> None:
        self.locales = ("en", "it")
        self.italian = italian

    def label(self, locale: str, msgid: str) -> str:
        return self.italian.get(msgid, msgid) if locale == "it" else msgid

    def forms(self, locale: str, message: Message) -> Sequence[str] | None:
        if locale == "en":
            return [message.other] if message.one is None else [message.one, message.other]
        found = self.italian.get(message.other)
        return None if found is None else [found]


def found(*texts: str, **more: object) -> list[tuple[str | None, str]]:
    findings = check(library(*texts), handlers=HANDLERS, **more)  # type: ignore[arg-type]
    return [(finding.step, finding.what) for finding in findings]


def one_step(step: str, *, name: str = "a", more: str = "") -> str:
    return f"{{flow: {name}, about: x, start: b, {more} steps: {{b: {{{step}}}}}}}"


def steps(text: str, more: str = "") -> str:
    return f"{{flow: a, about: x, start: b, {more} steps: {{{text}}}}}"


def test_a_sound_set_has_no_findings() -> None:
    aside = steps("b: {do: balance.show, outcomes: {ok: c}}, c: {say: '{points}'}", more="aside: true,")
    assert found(SOUND, aside, limits=BY_CHANNEL, reserved=("STOP", "END")) == []


@pytest.mark.parametrize(
    ("text", "step", "what"),
    [
        ("{flow: a, about: x, start: c, steps: {b: {say: x}}}", None, "the start c is no step"),
        (one_step("say: x, then: c"), "b", "leads to c, which is no step"),
        (one_step("ask: x, type: text, save: y, timeout: {after: 1h, then: c}"), "b", "leads to c, which is no step"),
        (steps("b: {say: x}, c: {say: y}"), "c", "cannot be reached"),
        (steps("b: {ask: x, choices: {A: b}}"), "b", "no way from here to the end"),
        (steps("b: {say: x, then: c}, c: {say: y, then: b}"), "c", "goes round in a circle without a question"),
        (one_step("do: no.thing, outcomes: {ok: end}"), "b", "there is no handler no.thing"),
        (one_step("do: balance.show, outcomes: {ok: end, odd: end}"), "b", "balance.show has no outcome odd"),
        (one_step("do: rewards.offer, outcomes: {none: end}"), "b", "the outcome some of rewards.offer leads nowhere"),
        (one_step("go: nosuch"), "b", "goes to nosuch, which is no flow"),
        (one_step("go: a"), None, "goes back to itself through other flows without a question"),
        (
            steps("b: {ask: x, choices: {A: c, B: end}}, c: {go: a, then: b}"),
            "c",
            "a comes back here: the stack would grow with every round",
        ),
        (one_step("ask: x, type: text, save: y", more="aside: true,"), "b", "an aside asks nothing"),
        (
            one_step("do: rewards.redeem, outcomes: {done: end}", more="aside: true, given: [reward],"),
            "b",
            "an aside changes nothing, rewards.redeem does",
        ),
        (one_step("go: a", more="aside: true,"), None, "goes back to itself through other flows without a question"),
        (one_step('go: "{x}"', more="aside: true, given: [x],"), "b", "an aside goes only to another aside, by name"),
        (one_step('say: "Hi {name}"'), "b", "nothing provides {name} on every way here"),
        (one_step("say: {one: x, other: y, count: number}"), "b", "nothing provides {number} on every way here"),
        (one_step("say: x, qr: code"), "b", "nothing provides {code} on every way here"),
        (one_step("ask: x, choices: things, save: y"), "b", "nothing provides {things} on every way here"),
        (one_step('go: "{wanted}"'), "b", "nothing provides {wanted} on every way here"),
        (one_step("ask: x, type: text, save: y, invalid: 'No {z}'"), "b", "nothing provides {z} on every way here"),
        (
            steps("b: {ask: x, type: text, save: y, then: c, timeout: {after: 1h, then: c}}, c: {say: '{y}'}"),
            "c",
            "nothing provides {y} on every way here",
        ),
        (
            one_step("do: rewards.redeem, outcomes: {done: end}"),
            "b",
            "rewards.redeem needs reward, which is not there on every way here",
        ),
        (one_step("say: x", more="template: [name],"), None, "nothing provides name for the template"),
        (
            one_step("ask: x, type: text, save: y, contact: Share"),
            "b",
            "a contact button belongs to a question of type phone",
        ),
        (one_step("ask: x, type: text"), "b", "the answer is not saved"),
        (one_step("ask: x, choices: y", more="given: [y],"), "b", "the choice is not saved"),
        (one_step("say: 'A {b'"), "b", "a brace that is not part of a {placeholder} in 'A {b'"),
    ],
)
def test_one_broken_flow(text: str, step: str | None, what: str) -> None:
    assert (step, what) in found(text)


def test_a_flow_that_is_gone_to_must_be_given_its_values() -> None:
    inner = one_step('say: "{name}"', name="inner", more="given: [name],")
    assert found(inner) == []
    assert found(inner, one_step("go: inner")) == [("b", "inner is to be given name, which is not there")]


def test_a_menu_that_keeps_nothing_below_may_be_come_back_to() -> None:
    entries = "{flow: menu, about: x, given: [c], start: b, steps: "
    menu = entries + "{b: {ask: x, choices: c, save: w, then: d}, d: {go: '{w}'}}}"
    rest = "steps: {b: {ask: x, choices: {Menu: d, Bye: end}}, d: {go: menu}}}"
    shop = "{flow: shop, about: x, menu: Shop, start: b, " + rest
    assert ("d", "menu is to be given c, which is not there") in found(menu, shop)
    assert not [what for _, what in found(menu, shop) if "comes back" in what]
    kept = menu.replace("{go: '{w}'}", "{go: '{w}', then: b}")
    assert ("d", "shop comes back here: the stack would grow with every round") in found(kept, shop)


def test_flows_are_not_stacked_too_deep() -> None:
    chain = [one_step(f"go: f{number + 1}, then: stop", name=f"f{number}") for number in range(9)]
    texts = [*chain, one_step("say: x", name="f9")]
    assert (None, "goes more than 7 flows deep; one more may wait below for `join`") in found(*texts)
    assert [what for _, what in found(*texts[2:]) if "deep" in what]
    assert not [what for _, what in found(*texts[3:]) if "deep" in what]


def test_size_caps() -> None:
    many = ", ".join(f"s{number}: {{say: x, then: s{number + 1}}}" for number in range(65))
    assert (None, "66 steps: a turn may take 64") in found(steps(f"b: {{say: x, then: s0}}, {many}"))
    labels = ", ".join(f"L{number}: end" for number in range(101))
    assert ("b", "more than 100 choices") in found(one_step(f"ask: x, choices: {{{labels}}}"))


def test_every_text_is_translated_with_the_same_placeholders() -> None:
    text = one_step('say: "Hi {name}"', more="given: [name], menu: Hello,")
    assert found(text, texts=Catalogue({"Hi {name}": "Ciao {name}", "Hello": "Ciao"})) == []
    assert found(text, texts=Catalogue({})) == [
        ("b", "no it translation of 'Hi {name}'"),
        (None, "no it translation of 'Hello'"),
    ]
    assert found(text, texts=Catalogue({"Hi {name}": "Ciao {nome}", "Hello": "Ciao"})) == [
        ("b", "placeholders differ in the it translation of 'Hi {name}': {name}, {nome}")
    ]
    assert len(found(text, texts=Catalogue({"Hi {name}": "Ciao", "Hello": "Ciao"}))) == 1
    assert len(found(text, texts=Catalogue({"Hi {name}": "Ciao {name", "Hello": "Ciao"}))) == 1


def test_the_counted_value_may_be_left_unsaid() -> None:
    text = one_step('say: {one: "One {a}", other: "{n} {a}", count: n}', more="given: [n, a],")
    assert found(text, texts=Catalogue({"{n} {a}": "{n} di {a}"})) == []
    assert found(text, texts=Catalogue({"{n} {a}": "tanti di {a}"})) == []


def test_two_choices_may_not_read_the_same() -> None:
    text = one_step("ask: x, choices: {Yes: end, Sure: end}")
    texts = Catalogue({"x": "x", "Yes": "Sì", "Sure": "sì"})
    assert found(text, texts=texts) == [("b", "two choices read 'sì' in it")]


def test_no_label_and_no_accepted_word_is_the_sms_providers_own() -> None:
    text = one_step("ask: x, choices: {Go on: end, Finish: end}", more="menu: Finish,")
    texts = Catalogue({"x": "x", "Go on": "Avanti", "Finish": "Stop"})
    what = found(text, texts=texts, limits={"sms": SMS}, reserved=("STOP",), accepted={"it": ["ok", "Stop"]})
    assert what == [
        ("b", "'Stop' (it) is an opt-out or opt-in word of the SMS provider"),
        (None, "the menu label 'Stop' (it) belongs to the SMS provider"),
        (None, "the accepted word 'stop' (it) belongs to the SMS provider"),
    ]
    assert found(text, texts=texts, limits={"telegram": TELEGRAM}, reserved=("STOP",), accepted={"it": ["Stop"]}) == []


def test_an_intent_has_one_flow_and_a_menu_label_too() -> None:
    one = one_step("say: x", name="one", more="intents: [i], menu: One,")
    two = one_step("say: x", name="two", more="intents: [i], menu: Two,")
    assert found(one, two) == [(None, "the intent i is already served by one")]
    texts = Catalogue({"x": "x", "One": "Uno", "Two": "uno"})
    assert (None, "the menu label 'uno' (it) is also that of one") in found(one, two, texts=texts)


def test_choices_that_fit_neither_buttons_nor_list_are_told() -> None:
    text = one_step("ask: x, choices: {A: end, B: end, C: end, A rather long label for a list: end}")
    texts = Catalogue({name: name for name in ("x", "A", "B", "C", "A rather long label for a list")})
    what = "4 choices become numbered text on whatsapp in en, it"
    assert found(text, texts=texts, limits={"whatsapp": WHATSAPP, "sms": SMS}) == [("b", what)]


def test_prompts_are_measured_on_every_channel_in_every_locale() -> None:
    seen: list[tuple[str, str, int]] = []

    def measure(saying: Saying, limits: Limits, locale: str) -> Fit:
        seen.append((saying.step, locale, len(saying.choices)))
        return Fit(parts=2 if locale == "it" else 1, segments=3 if limits.gsm7 and locale == "it" else 1)

    text = steps("b: {ask: x, choices: o, save: p, then: c}, c: {say: '{p}'}", more="given: [o],")
    texts = Catalogue({"x": "x", "{p}": "{p}"})
    findings = check(
        library(text), handlers={}, texts=texts, limits={"telegram": TELEGRAM, "sms": SMS}, measure=measure
    )
    assert seen[0] == ("b", "en", 5)
    assert [(finding.step, finding.what, finding.level) for finding in findings] == [
        ("b", "takes 2 messages on telegram in it", "error"),
        ("b", "takes 2 messages on sms in it", "error"),
        ("c", "takes 2 messages on telegram in it", "warning"),
        ("c", "takes 2 messages on sms in it", "warning"),
        ("b", "up to 3 SMS parts (it)", "info"),
        ("c", "up to 3 SMS parts (it)", "info"),
    ]


def test_findings_come_worst_first() -> None:
    findings = check(library(steps("b: {ask: x, type: text}, c: {say: x}")), handlers={})
    assert [finding.level for finding in findings] == ["error", "warning"]
    assert findings[0] == Finding("a", "c", "cannot be reached")


PO = """
msgid ""
msgstr "Plural-Forms: nplurals=2; plural=(n != 1);\\n"

msgid "{points} point. Go on?"
msgid_plural "{points} points. Go on?"
msgstr[0] "Un punto. Avanti?"
msgstr[1] "{points} punti. Avanti?"

msgctxt "button"
msgid "Go"
msgstr "Vai"
"""


def test_the_real_catalogues(tmp_path: Path) -> None:
    folder = tmp_path / "it" / "LC_MESSAGES"
    folder.mkdir(parents=True)
    (folder / "messages.po").write_text(PO)
    counted = '{one: "{points} point. Go on?", other: "{points} points. Go on?", count: points}'
    text = one_step(f"ask: {counted}, choices: {{Go: end, Stay: end}}", more="given: [points],")
    assert found(text, texts=Texts.load([tmp_path])) == [("b", "no it translation of 'Stay'")]
