"""What the members write: the balance question in their own language, mostly in known phrases, as Twilio posts it."""

import hmac
import random
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlencode

from benchmarks._members import LOCALES, Crowd, Person
from bot.understanding.intents import Intents
from bot.understanding.language import Detector
from bot.understanding.phrases import Phrases

SENDER = "+390212345678"
ACCOUNT = "AC" + "0" * 32
EXACT_SHARE = 0.8
_INTENT = "balance"
_ROOT = Path(__file__).resolve().parent.parent
_AS_TYPED = (str, str.capitalize, "{}?".format, lambda text: f"{text.capitalize()}?")
_NEAR: Mapping[str, tuple[str, ...]] = {
    "en": (
        "could you tell me how many points i have right now",
        "please send me my points balance",
        "i would like to check how many points i have",
        "how many of my points are still left",
        "good morning can you check my balance please",
        "just wondering how many points i got so far",
    ),
    "it": (
        "ciao mi dite per favore quanti punti ho adesso",
        "scusate vorrei controllare il mio saldo punti",
        "buonasera quanti punti mi sono rimasti sulla tessera",
        "potrei sapere quanti punti ho accumulato finora",
        "mi fate sapere il saldo dei miei punti",
        "volevo vedere quanti punti mi restano",
    ),
    "es": (
        "hola me podrías decir cuántos puntos tengo",
        "buenas quisiera consultar el saldo de mis puntos",
        "por favor dime cuántos puntos me quedan ahora",
        "quiero ver cuántos puntos tengo acumulados",
        "cuántos puntos hay ahora en mi tarjeta por favor",
        "oye cuántos puntos llevo hasta ahora",
    ),
    "pt_BR": (
        "oi quantos pontos eu tenho no cartão agora",
        "bom dia queria ver o saldo dos meus pontos",
        "por favor me diz quantos pontos ainda tenho",
        "gostaria de saber quantos pontos eu já juntei",
        "quero consultar quantos pontos tenho acumulados",
        "olá quantos pontos me restam hoje",
    ),
    "ar": (
        "لو سمحت عايز اعرف عندي كام نقطة دلوقتي",
        "من فضلك كم تبقى لي من النقاط اليوم",
        "أريد أن أعرف كم عدد نقاطي",
        "ممكن اعرف رصيدي من النقاط لو سمحت",
        "السلام عليكم كم رصيدي من النقاط",
        "ابغى اشوف كم نقطة عندي",
    ),
}
_TAILS: Mapping[str, tuple[str, ...]] = {
    "en": ("", "thanks", "thank you so much", "i am at the shop", "for my sister too", "before i order"),
    "it": ("", "grazie", "grazie mille", "sono in negozio", "anche per mia sorella", "prima di ordinare"),
    "es": ("", "gracias", "muchas gracias", "estoy en la tienda", "también para mi hermana", "antes de pedir"),
    "pt_BR": ("", "obrigada", "muito obrigado", "estou na loja", "também para minha irmã", "antes de pedir"),
    "ar": ("", "شكرا", "شكرا جزيلا", "انا في المحل", "لاختي كمان", "قبل ما اطلب"),
}


@dataclass(frozen=True, slots=True)
class Wording:
    """A locale's ways to ask: known phrases, and sentences close to them that the classifier has to read."""

    exact: tuple[str, ...]
    near: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Target:
    """Where a server takes webhooks and with what they are signed."""

    url: str
    token: str

    @property
    def path(self) -> str:
        return "/" + self.url.split("/", 3)[3]


@dataclass(frozen=True, slots=True)
class Question:
    """One message of one member."""

    sid: str
    member: Person
    text: str


def wordings() -> dict[str, Wording]:
    """What can be asked in each locale. A near sentence the classifier does not answer (it may abstain) is left out."""
    phrases = Phrases.load([_ROOT / "locales"], LOCALES)
    intents, detector = Intents(phrases), Detector(LOCALES, phrases)
    found: dict[str, Wording] = {}
    for locale in LOCALES:
        sentences = (f"{near} {tail}".strip() for near in _NEAR[locale] for tail in _TAILS[locale])
        near = tuple(text for text in sentences if _is_near(text, locale, intents, detector))
        found[locale] = Wording(tuple(phrases[locale].sentences[_INTENT]), near)
    return found


def _is_near(text: str, locale: str, intents: Intents, detector: Detector) -> bool:
    match = intents.match(text, locale)
    if match is None or match.exact or match.choices or match.intent != _INTENT:
        return False
    verdict = detector.decide(text, current=locale)
    return verdict.locale in (None, locale) and not verdict.other


def ask(crowd: Crowd, spoken: Mapping[str, Wording], *, first: int, count: int, seed: int) -> list[Question]:
    """`count` questions of random members, numbered from `first`."""
    chance = random.Random(seed)
    return [
        Question(f"SM{number:032x}", member, _said(spoken[member.locale], chance))
        for number in range(first, first + count)
        for member in (crowd[chance.randrange(len(crowd))],)
    ]


def _said(wording: Wording, chance: random.Random) -> str:
    known = wording.exact if chance.random() < EXACT_SHARE or not wording.near else wording.near
    return chance.choice(_AS_TYPED)(chance.choice(known))


def requests(questions: Sequence[Question], target: Target) -> Iterator[bytes]:
    """The signed HTTP requests, ready for the wire."""
    for question in questions:
        form = _form(question)
        signed = target.url + "".join(name + form[name] for name in sorted(form))
        signature = b64encode(hmac.digest(target.token.encode(), signed.encode(), "sha1")).decode()
        body = urlencode(form).encode()
        head = (
            f"POST {target.path} HTTP/1.1\r\nHost: bot.example\r\nUser-Agent: TwilioProxy/1.1\r\nAccept: */*\r\n"
            f"Content-Type: application/x-www-form-urlencoded; charset=UTF-8\r\nContent-Length: {len(body)}\r\n"
            f"I-Twilio-Idempotency-Token: {question.sid}\r\nX-Twilio-Signature: {signature}\r\n\r\n"
        )
        yield head.encode() + body


def _form(question: Question) -> dict[str, str]:
    """The fields of a WhatsApp text as Twilio sends them."""
    return {
        "SmsMessageSid": question.sid,
        "NumMedia": "0",
        "ProfileName": "Ada",
        "MessageType": "text",
        "SmsSid": question.sid,
        "WaId": question.member.phone.removeprefix("+"),
        "SmsStatus": "received",
        "Body": question.text,
        "To": f"whatsapp:{SENDER}",
        "NumSegments": "1",
        "ReferralNumMedia": "0",
        "MessageSid": question.sid,
        "AccountSid": ACCOUNT,
        "ChannelMetadata": '{"type":"whatsapp","data":{"context":{"ProfileName":"Ada"}}}',
        "From": f"whatsapp:{question.member.phone}",
        "ApiVersion": "2010-04-01",
    }
