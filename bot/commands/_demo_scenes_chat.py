"""Scenes of the demo in which members talk: joining, inviting, asking, settings; and what is refused."""

import re

from bot.commands._demo_stage import Person, Stage, TwilioPhone
from bot.commands._demo_till import Till

_CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{9}\b")
_ARABIC = re.compile("[ء-ي]")


async def join(stage: Stage, italian: Person, brazilian: Person, emirati: Person) -> None:
    """Three channels, three languages."""
    stage.heading("Joining, each in their own language")
    welcome = await stage.say(italian, "ciao!")
    await stage.tap(italian, 0)
    await stage.tap(italian, 0)
    stage.check("the Italian is welcomed in Italian", "punti" in welcome)
    welcome = await stage.say(brazilian, "oi, quero participar")
    stage.check(
        "the Brazilian is welcomed in Portuguese, with numbers to answer", "pontos" in welcome and "1)" in welcome
    )
    await stage.say(brazilian, "1")
    await stage.say(brazilian, "1")
    welcome = await stage.say(emirati, "/start")
    await stage.tap(emirati, 0)
    await stage.tap(emirati, 0)
    stage.check("the Emirati is welcomed in Arabic", _ARABIC.search(welcome) is not None)


async def invite(stage: Stage, till: Till, italian: Person, friend: Person) -> None:
    """A friend comes by a code; nobody comes by their own."""
    stage.heading("A referral: the friend opens the wa.me link")
    offer = await stage.say(italian, "come invito un amico?")
    code = next(iter(_CODE.findall(offer)), "")
    stage.check("the Italian gets a code and links", bool(code) and "https://wa.me/" in offer)
    await stage.say(friend, code)
    joined = await stage.tap(friend, 0)
    await stage.tap(friend, 1)
    stage.check("the code counts for the friend, in English", "friend's code counts" in joined)
    own = await stage.say(italian, code)
    stage.check("one's own code is refused", own != "" and await till.holds(italian) == (0, 0))


async def ask(stage: Stage, italian: Person, brazilian: Person, emirati: Person, friend: Person) -> None:
    """The balance in four languages."""
    stage.heading("Balances asked in free text")
    answer = await stage.say(italian, "scusa, quanti punti ho adesso?")
    stage.check("the balance in Italian", "675 punti" in answer)
    answer = await stage.say(brazilian, "quantos pontos eu tenho?")
    stage.check("the balance in Portuguese", "50 pontos" in answer)
    answer = await stage.say(emirati, "القائمة")
    offered = emirati.phone.heard()[-1].buttons
    stage.check("the menu in Arabic", _ARABIC.search(answer) is not None and "اللغة" in offered)
    stage.check("without what this market has not: inviting friends", "دعوة صديق" not in offered)
    answer = await stage.say(friend, "how many points do I have?")
    stage.check("the balance in English", "42 more points" in answer)
    answer = await stage.say(friend, "where do these points come from?")
    stage.check("and where it came from", "42: purchase" in answer)


async def settings(stage: Stage, italian: Person, brazilian: Person, emirati: Person) -> None:
    """What a member says of themselves and wants of us."""
    stage.heading("Birthdays, language, stop and start")
    await stage.say(italian, "il mio compleanno")
    answer = await stage.say(italian, "10 marzo 1990")
    stage.check("the Italian's birthday is kept", "10 marzo" in answer)
    await stage.say(brazilian, "meu aniversário")
    answer = await stage.say(brazilian, "10/03/1988")
    stage.check("the Brazilian's too, written in numbers", "10 de mar" in answer)
    await stage.say(emirati, "عيد ميلادي")
    answer = await stage.say(emirati, "١٠ مارس ١٩٨٥")
    stage.check("the Emirati's in Arabic", "10 مارس" in answer)
    await stage.say(emirati, "language")
    answer = await stage.say(emirati, "English")
    stage.check("the Emirati changes to English", "English" in answer)
    stage.telegram.fail_next("sendMessage", 429, "Too Many Requests: retry after 1", {"retry_after": 1})
    answer = await stage.say(emirati, "unsubscribe")
    stage.check("stops the offers, although Telegram first said 429", "no more offers" in answer)
    answer = await stage.say(emirati, "start")
    stage.check("and starts them again", "you will get offers" in answer)


async def refuse(stage: Stage, italian: Person) -> None:
    """Webhooks that come again or are forged."""
    stage.heading("What is refused")
    phone = italian.phone
    assert isinstance(phone, TwilioPhone)
    before = len(phone.heard())
    form = phone.user.arrival("quanti punti ho?")
    statuses = await stage.twilio.deliver("whatsapp", form, times=3)
    await stage.until(lambda: len(phone.heard()) > before)
    await stage.quiet()
    stage.show(italian, before)
    once = len(phone.heard()) == before + 1
    stage.check("a webhook delivered three times is answered once", statuses == [200, 200, 200] and once)
    forged = await stage.twilio.deliver("whatsapp", phone.user.arrival("saldo"), forge=True)
    stage.check("a forged signature gets 403", forged == [403])
