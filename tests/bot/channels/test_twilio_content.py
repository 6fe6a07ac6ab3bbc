"""The pieces of WhatsApp's buttons and lists."""

import orjson
import pytest

from bot.channels import PauseAccount, whatsapp
from bot.channels._twilio_content import content_name, split_body, variable, variables
from bot.message import Choice
from bot.render import Part
from tests.bot.channels._twilio_bot import ADA, running


def test_variables_are_strings_on_one_line():
    assert orjson.loads(variables(["a\n\tb", "", "x     y"])) == {"1": "a b", "2": "-", "3": "x y"}
    assert variable(" 10\u00a0000 ") == "10\u00a0000"


@pytest.mark.parametrize(
    ("text", "parts"),
    [("one", ("", "one")), ("a\n\nb", ("a", "b")), ("a\n\nb\nc", ("a\n\nb", "c")), ("", ("", "")), ("a\n", ("", "a"))],
)
def test_the_last_line_stands_above_the_buttons(text, parts):
    assert split_body(text) == parts


def choices(count):
    return tuple(Choice(f"Choice {number}", f"tok{number}") for number in range(count))


def test_the_name_of_a_content_depends_on_what_is_literal():
    buttons = Part("text", "buttons", choices(2))
    same = Part("another", "buttons", (Choice("Choice 0", "x"), Choice("Choice 1", "y")), locale="it")
    assert content_name(buttons) == content_name(same)
    assert content_name(buttons) != content_name(Part("text", "list", choices(2)))
    assert content_name(buttons) != content_name(Part("text", "buttons", choices(3)))
    assert content_name(buttons).startswith("bentornato-")


@pytest.mark.asyncio
async def test_a_content_that_somebody_deleted_is_replaced():
    part = Part("Hi.\n\nWhich?", "buttons", choices(2))
    async with running(whatsapp) as bot:
        ada = bot.fake.user(ADA, channel="whatsapp")
        await ada.write("x")
        await bot.channel.send(ADA, part)
        bot.fake.world.contents.clear()
        await bot.channel.send(ADA, part)
        await bot.channel.send(ADA, part)
        last = [one.body for one in ada.messages][2:]
        assert last == ["Hi.", "Which?\n\n1) Choice 0\n2) Choice 1", "Hi.", "Which?"]


@pytest.mark.asyncio
async def test_a_long_text_leaves_its_numbers_to_a_second_message():
    async with running(whatsapp) as bot:
        bot.fake.fail_next(20001, place="content")
        ada = bot.fake.user(ADA, channel="whatsapp")
        await ada.write("x")
        await bot.channel.send(ADA, Part("x" * 1595, "buttons", choices(2)))
        assert [one.body for one in ada.messages] == ["x" * 1595, "1) Choice 0\n2) Choice 1"]


@pytest.mark.asyncio
async def test_a_failure_after_the_first_paragraph_says_so():
    async with running(whatsapp) as bot:
        await bot.fake.user(ADA, channel="whatsapp").write("x")
        await bot.channel.send(ADA, Part("Which?", "buttons", choices(2)))
        bot.fake.stall_next(0.001)
        bot.fake.fail_next(20429, status=429)
        with pytest.raises(PauseAccount) as caught:
            await bot.channel.send(ADA, Part("Hi.\n\nWhich?", "buttons", choices(2)))
        assert caught.value.sent_perhaps


@pytest.mark.asyncio
async def test_a_busy_content_api_is_no_reason_to_degrade():
    async with running(whatsapp) as bot:
        bot.fake.fail_next(20429, status=429, place="content")
        with pytest.raises(PauseAccount) as caught:
            await bot.channel.send(ADA, Part("Which?", "buttons", choices(2)))
        assert not caught.value.sent_perhaps
