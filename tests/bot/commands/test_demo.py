"""`bentornato demo`: the templates it approves are made of the flows, so a new flow needs no entry anywhere."""

import re

import pytest

from bot.commands._demo_templates import seed_templates
from bot.fakes.twilio import FakeTwilio
from tests.builders import world

TEMPLATES = world().programme.templates


@pytest.fixture(scope="module")
def twilio() -> FakeTwilio:
    fake = FakeTwilio("AC" + "0" * 32, "token", senders={"whatsapp": "+15550001111"})
    seed_templates(fake, world())
    return fake


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_has_its_flows_variables_and_no_other(twilio: FakeTwilio, name: str) -> None:
    flow = world().library.get(name)
    assert flow is not None
    numbers = {str(number) for number, _ in enumerate(flow.definition.template or (), 1)}
    for sid in TEMPLATES[name].values():
        content = twilio.world.contents[sid]
        body = content.types["twilio/text"]["body"]
        assert set(content.variables) == set(re.findall(r"{{(\d+)}}", body)) == numbers
        assert re.search(r"^{{|}}$|{[a-z]", body) is None


def test_every_sentence_that_brings_a_variable_is_in_it(twilio: FakeTwilio) -> None:
    body = twilio.world.contents[TEMPLATES["refund_notice"]["en"]].types["twilio/text"]["body"]
    assert body == (
        "👋 Your purchase was refunded: {{1}} points of it were taken back. "
        "The {{2}} points you paid with are yours again. Your new total: {{3}} points."
    )


def test_a_variable_that_no_sentence_has_alone_comes_first(twilio: FakeTwilio) -> None:
    body = twilio.world.contents[TEMPLATES["milestone"]["en"]].types["twilio/text"]["body"]
    assert body == "👋 {{1}}: A gift for you: {{2}} points."
