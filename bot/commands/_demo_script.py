"""What happens in the demo, scene by scene: the people, and the order of it."""

from bot.commands import _demo_scenes_chat as chat
from bot.commands import _demo_scenes_desk as desk
from bot.commands import _demo_scenes_later as later
from bot.commands import _demo_scenes_shop as shop
from bot.commands._demo_stage import TELEGRAM_TOKEN, Stage, TelegramPhone, TwilioPhone
from bot.commands._demo_till import open_till

_ITALIAN, _BRAZILIAN, _FRIEND = "+393331234567", "+5511987654321", "+12125550123"
_EMIRATI = 5550123


async def play(stage: Stage) -> None:
    """The whole script, from 2 February to 10 March."""
    italian = stage.person("Italian, WhatsApp", TwilioPhone(stage.twilio.user(_ITALIAN, channel="whatsapp")))
    brazilian = stage.person("Brazilian, SMS", TwilioPhone(stage.twilio.user(_BRAZILIAN, channel="sms")))
    user = stage.telegram.user(TELEGRAM_TOKEN, id=_EMIRATI, first_name="Telegram", language_code="ar")
    emirati = stage.person("Emirati, Telegram", TelegramPhone(user))
    friend = stage.person("American friend, WA", TwilioPhone(stage.twilio.user(_FRIEND, channel="whatsapp")))
    async with open_till(stage) as till:
        await chat.join(stage, italian, brazilian, emirati)
        await chat.invite(stage, till, italian, friend)
        await shop.buy(stage, till, italian, brazilian, friend)
        await shop.climb(stage, till, italian)
        await chat.ask(stage, italian, brazilian, emirati, friend)
        await chat.settings(stage, italian, brazilian, emirati)
        await chat.refuse(stage, italian)
        await desk.help_out(stage, italian)
        await shop.fetch(stage, till, italian)
        await shop.give_back(stage, till, italian)
        await later.reward(stage, till, italian, friend)
        await later.birthdays(stage, italian, brazilian, emirati)
