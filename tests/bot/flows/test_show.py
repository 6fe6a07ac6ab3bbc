"""A flow as a picture."""

from __future__ import annotations

from bot.flows.show import mermaid
from tests.bot.flows.scripts import flow

TEXT = """
    flow: redeem
    about: ""
    start: offer
    steps:
      offer: {do: rewards.offer, outcomes: {none: end, some: choose}}
      choose: {ask: 'Which "reward" <b>?', choices: rewards, timeout: {after: 30m, then: bye}, then: visit}
      visit: {go: "{reward}", then: stop}
      bye: {say: Bye.}
"""


def test_the_flowchart_line_by_line() -> None:
    assert mermaid(flow(TEXT)).splitlines() == [
        "flowchart TD",
        '  begin(("redeem")) --> step_offer',
        '  step_offer[["<b>offer</b><br/>rewards.offer"]]',
        '  step_choose{{"<b>choose</b><br/>Which #34;reward#34; #60;b#62;?"}}',
        '  step_visit(["<b>visit</b><br/>go reward"])',
        '  step_bye["<b>bye</b><br/>Bye."]',
        '  step_offer -->|"none"| to_end',
        '  step_offer -->|"some"| step_choose',
        '  step_choose -->|"rewards"| step_visit',
        '  step_choose -->|"after 30m"| step_bye',
        "  step_visit --> to_stop",
        "  step_bye --> to_end",
        "  to_end((end))",
        "  to_stop((stop))",
    ]


def test_a_long_text_is_cut() -> None:
    long = mermaid(flow(f"{{flow: a, about: x, start: b, steps: {{b: {{say: {'word ' * 40}}}}}}}"))
    assert "…" in long
    assert max(map(len, long.splitlines())) < 120
