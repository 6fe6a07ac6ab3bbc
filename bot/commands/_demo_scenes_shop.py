"""Scenes of the demo at the till: purchases, a new level, a reward that is fetched, a refund; all by the HTTP API."""

import re
from datetime import UTC, datetime

from bot.commands._demo_stage import Person, Stage
from bot.commands._demo_till import Till

_PICKUP = re.compile(r"\b[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]\b")
_DIGITS = re.compile(r"\b\d{6}\b")


async def buy(stage: Stage, till: Till, italian: Person, brazilian: Person, friend: Person) -> None:
    """Each buys once; the referral waits."""
    stage.heading("Purchases from the till")
    await till.buys(italian, "IT-1", 2590, "EUR")
    await till.buys(brazilian, "BR-1", 25_000, "BRL")
    stage.check("the Brazilian gets credit beside points", "6,25" in brazilian.phone.heard()[-1].text)
    await till.buys(friend, "US-1", 4_200, "USD")
    held = await till.holds(italian)
    stage.check("neither side of the referral is rewarded while the goods can go back", held == (0, 25))
    answer = await stage.say(italian, "come invito un amico?")
    stage.check("and the Italian can see that it waits", "ha già comprato" in answer)
    again = await till.buys(italian, "IT-1", 2590, "EUR")
    known = again.body.get("result") == "known"
    stage.check("the same order again changes nothing", known and await till.holds(italian) == held)


async def climb(stage: Stage, till: Till, italian: Person) -> None:
    """A large purchase brings a level and a milestone; the chat shows level, stamps and rewards."""
    stage.heading("A level, stamps and rewards")
    before = len(italian.phone.heard())
    booked = await till.buys(italian, "IT-2", 60_000, "EUR")
    await stage.until(lambda: _heard(italian, before, "Argento") and _heard(italian, before, "500"))
    await stage.quiet()
    stage.show(italian, italian.received)
    stage.check("the till hears of the new level", booked.body.get("tier_up") == "silver")
    stage.check("the Italian is told: silver", _heard(italian, before, "Argento"))
    stage.check("a milestone is celebrated in Italian", _heard(italian, before, "500 punti"))
    row = {"whom": {"phone": italian.phone.address}, "currency": "EUR", "total": 10_000}
    trial = await till.post("/dry-runs", row)
    stage.check("silver earns a tenth more, says a dry run", trial.body.get("points") == 110)
    answer = await stage.say(italian, "il mio livello")
    stage.check("the level in the chat, and the way to the next", "Argento" in answer and "Oro" in answer)
    answer = await stage.say(italian, "i miei timbri")
    stage.check("two orders in one visit are one stamp", "1 su 10" in answer)
    answer = await stage.say(italian, "i premi")
    stage.check("the rewards, and what is missing while points are on their way", "mancano 500 punti" in answer)


async def fetch(stage: Stage, till: Till, italian: Person) -> None:
    """The points are ready: a reward is reserved in the chat and handed over at the till, once."""
    await stage.move_to(datetime(2026, 2, 20, 10, 0, tzinfo=UTC))
    stage.heading("A reward: chosen in the chat, fetched at the till")
    active, _ = await till.holds(italian)
    stage.check("the points are ready after the time for returns", active == 675)
    await stage.say(italian, "i premi")
    await stage.tap(italian, 0)
    answer = await stage.tap(italian, 0)
    found = _PICKUP.search(answer)
    code = found[0] if found else ""
    stage.check("the Italian gets a code to show", code != "" and await till.holds(italian) == (175, 0))
    await _recognise(stage, till, italian)
    reserved = (await till.post("/redemption-lookups", {"code": code})).body
    stage.check("the till sees what the code is for", reserved.get("reward") == "espresso_cup")
    path = f"/redemptions/{reserved.get('id')}/confirm"
    done = await till.post(path, {"code": code}, key="cup")
    stage.check("the cup is handed over", done.body.get("state") == "confirmed")
    lost = await till.post(path, {"code": code}, key="cup")
    stage.check("a request sent again is answered as the first time", lost.is_repeated and lost.body == done.body)
    second = await till.post(path, {"code": code})
    stage.check("a second hand-over is refused", second.status == 409)


async def _recognise(stage: Stage, till: Till, italian: Person) -> None:
    """Six digits prove who is there, once."""
    answer = await stage.say(italian, "la mia tessera")
    found = _DIGITS.search(answer)
    digits = found[0] if found else ""
    shown = await till.post("/lookups", {"code": digits})
    stage.check("six digits of the chat prove who is at the till", shown.body.get("grade") == "proven")
    again = await till.post("/lookups", {"code": digits})
    stage.check("and are good once", again.status == 404)


async def give_back(stage: Stage, till: Till, italian: Person) -> None:
    """A sixth of the large order comes back."""
    stage.heading("A refund in part")
    before = len(italian.phone.heard())
    row = {"refund_id": "IT-2-R1", "order_id": "IT-2", "amount": 10_000, "currency": "EUR"}
    refund = await till.post("/refunds", row)
    await stage.until(lambda: len(italian.phone.heard()) > before)
    await stage.quiet()
    stage.show(italian, before)
    stage.check("its share of the points is taken back", refund.body.get("points") == 100)
    stage.check("and the Italian is told", _heard(italian, before, "100 punti"))
    stage.check("what is left is right", await till.holds(italian) == (75, 0))
    again = await till.post("/refunds", row)
    stage.check("the same refund again changes nothing", again.body.get("result") == "known")


def _heard(person: Person, before: int, words: str) -> bool:
    return any(words in one.text for one in person.phone.heard()[before:])
