"""What happens in the demo, scene by scene, and what must come of it."""

import re
from datetime import UTC, datetime

from bot.commands._demo_stage import TELEGRAM_TOKEN, Person, Stage, TelegramPhone, TwilioPhone
from bot.commands.purchase import report
from storage import ledger, people
from storage.database import Transaction
from storage.people import PersonRow

ITALIAN, BRAZILIAN, FRIEND = "+393331234567", "+5511987654321", "+12125550123"
EMIRATI = 5550123
_CODE = re.compile(r"\b[0-9A-HJKMNP-TV-Z]{9}\b")
_ARABIC = re.compile("[ء-ي]")


async def play(stage: Stage) -> None:
    """The whole script."""
    italian = stage.person("Italian, WhatsApp", TwilioPhone(stage.twilio.user(ITALIAN, channel="whatsapp")))
    brazilian = stage.person("Brazilian, SMS", TwilioPhone(stage.twilio.user(BRAZILIAN, channel="sms")))
    user = stage.telegram.user(TELEGRAM_TOKEN, id=EMIRATI, first_name="Telegram", language_code="ar")
    emirati = stage.person("Emirati, Telegram", TelegramPhone(user))
    friend = stage.person("American friend, WA", TwilioPhone(stage.twilio.user(FRIEND, channel="whatsapp")))
    await _join(stage, italian, brazilian, emirati)
    await _invite(stage, italian, friend)
    await _buy(stage, italian, brazilian, friend)
    await _ask(stage, italian, brazilian, emirati, friend)
    await _settings(stage, italian, brazilian, emirati)
    await _refuse(stage, italian)
    await _birthdays(stage, italian, brazilian, emirati)


async def _join(stage: Stage, italian: Person, brazilian: Person, emirati: Person) -> None:
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


async def _invite(stage: Stage, italian: Person, friend: Person) -> None:
    stage.heading("A referral: the friend opens the wa.me link")
    offer = await stage.say(italian, "come invito un amico?")
    code = next(iter(_CODE.findall(offer)), "")
    stage.check("the Italian gets a code and links", bool(code) and "https://wa.me/" in offer)
    await stage.say(friend, code)
    joined = await stage.tap(friend, 0)
    await stage.tap(friend, 1)
    stage.check("the code counts for the friend, in English", "friend's code counts" in joined)
    own = await stage.say(italian, code)
    stage.check("one's own code is refused", own != "" and await _points(stage, ITALIAN) == (0, 0))


async def _buy(stage: Stage, italian: Person, brazilian: Person, friend: Person) -> None:
    stage.heading("Purchases from the till")
    await _purchase(stage, italian, "IT-1", 2590, "EUR")
    await _purchase(stage, brazilian, "BR-1", 25_000, "BRL")
    before = len(italian.phone.heard())
    await _purchase(stage, friend, "US-1", 4_200, "USD")
    await stage.until(lambda: len(italian.phone.heard()) > before)
    await stage.quiet()
    stage.show(italian, before)
    stage.check("both sides of the referral are rewarded", (await _points(stage, ITALIAN))[1] >= 525)
    held = await _points(stage, ITALIAN)
    fresh = await _purchase(stage, italian, "IT-1", 2590, "EUR")
    stage.check("the same order again changes nothing", not fresh and await _points(stage, ITALIAN) == held)
    heard = "\n".join(one.text for one in italian.phone.heard()[before:])
    stage.check("a milestone is celebrated in Italian", "500" in heard and "Bentornato" in heard)


async def _ask(stage: Stage, italian: Person, brazilian: Person, emirati: Person, friend: Person) -> None:
    stage.heading("Balances asked in free text")
    answer = await stage.say(italian, "scusa, quanti punti ho adesso?")
    stage.check("the balance in Italian", "punti" in answer)
    answer = await stage.say(brazilian, "quantos pontos eu tenho?")
    stage.check("the balance in Portuguese", "pontos" in answer)
    answer = await stage.say(emirati, "القائمة")
    offered = emirati.phone.heard()[-1].buttons
    stage.check("the menu in Arabic", _ARABIC.search(answer) is not None and "اللغة" in offered)
    stage.check("without what this market has not: inviting friends", "دعوة صديق" not in offered)
    answer = await stage.say(friend, "how many points do I have?")
    stage.check("the balance in English", "points" in answer)
    answer = await stage.say(friend, "why?")
    stage.check("and where it came from", "purchase" in answer)


async def _settings(stage: Stage, italian: Person, brazilian: Person, emirati: Person) -> None:
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


async def _refuse(stage: Stage, italian: Person) -> None:
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


async def _birthdays(stage: Stage, italian: Person, brazilian: Person, emirati: Person) -> None:
    before = len(emirati.phone.heard())
    await stage.move_to(datetime(2026, 3, 10, 8, 30, tzinfo=UTC))
    stage.heading("10 March: three birthdays. In Dubai it is 12:30, in Rome 9:30, in São Paulo 5:30")
    await stage.until(lambda: any(one.template for one in italian.phone.heard()))
    await stage.until(lambda: len(emirati.phone.heard()) > before)
    await stage.quiet()
    stage.show(italian, _seen(italian))
    stage.show(emirati, before)
    greeting = italian.phone.heard()[-1]
    stage.check("silent for weeks on WhatsApp: greeted by an approved template", greeting.template is not None)
    stage.check("in Italian", "compleanno" in greeting.text)
    heard = "\n".join(one.text for one in emirati.phone.heard()[before:])
    stage.check("the Emirati too, where no points are given", "birthday" in heard and "points" not in heard)
    early = len(brazilian.phone.heard())
    stage.check("quiet hours in Brazil: nothing is sent yet", early == _seen(brazilian))
    await stage.move_to(datetime(2026, 3, 10, 12, 5, tzinfo=UTC))
    await stage.until(lambda: len(brazilian.phone.heard()) > early)
    await stage.quiet()
    stage.show(brazilian, early)
    heard = "\n".join(one.text for one in brazilian.phone.heard()[early:])
    stage.check("greeted when the day has begun there, in Portuguese", "Parabéns" in heard)
    again = len(italian.phone.heard())
    await stage.move_to(datetime(2026, 3, 10, 15, 0, tzinfo=UTC))
    stage.check("once a year", len(italian.phone.heard()) == again)
    answer = await stage.say(italian, "quanti punti ho?")
    stage.check("the points of February are ready now", "575" in answer or "625" in answer or "675" in answer)


def _seen(person: Person) -> int:
    return person.received


async def _purchase(stage: Stage, person: Person, order_id: str, minor: int, currency: str) -> bool:
    row = await _row(stage, person)
    before = len(person.phone.heard())
    stage.console.print(f"  [dim]{'till':<20}[/] [magenta]·[/] {order_id}: {minor / 100:.2f} {currency}, {person.name}")
    fresh = await report(stage.app, row, order_id, minor, currency)
    if fresh:
        await stage.until(lambda: len(person.phone.heard()) > before)
    await stage.quiet()
    stage.show(person, before)
    return fresh


async def _row(stage: Stage, person: Person) -> PersonRow:
    address = str(EMIRATI) if person.phone.channel == "telegram" else ""
    if isinstance(person.phone, TwilioPhone):
        address = person.phone.user.phone
    rows = await stage.app.database.read(lambda transaction: people.at(transaction, person.phone.channel, address))
    return rows[0]


async def _points(stage: Stage, phone: str) -> tuple[int, int]:
    """Active and pending points of the member with this phone."""

    def read(transaction: Transaction) -> tuple[int, int]:
        member = people.id_by_phone(transaction, phone)
        held = ledger.position_of(transaction, member or 0, stage.clock.microseconds())
        return held.active, held.pending

    return await stage.app.database.read(read)
