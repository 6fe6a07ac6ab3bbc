"""A person with a phone: writes, presses buttons, sends pictures and opts out, each a signed webhook."""

from __future__ import annotations

from dataclasses import dataclass

from bot.fakes._twilio_files import media_sid, media_url
from bot.fakes._twilio_model import PREFIX, FakeMessage, HeldFile, World
from bot.fakes._twilio_post import Poster
from bot.fakes._twilio_text import segments

_STOP = frozenset({"STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"})
_START = frozenset({"START", "YES", "UNSTOP"})
_HELP = frozenset({"HELP", "INFO"})
_ANSWERS = {
    "STOP": "You have successfully been unsubscribed. You will not receive any more messages from this number.",
    "START": "You have successfully been re-subscribed to messages from this number.",
    "HELP": "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
}
_PLACES = ("City", "State", "Zip", "Country")


@dataclass(slots=True)
class FakeUser:
    """One person on one channel. Every method answers the HTTP status the bot's webhook gave."""

    world: World
    poster: Poster
    phone: str
    channel: str
    profile_name: str = "Ada"
    wa_id: str | None = None
    """Digits; may differ from the phone (BR, MX, AR)."""

    @property
    def messages(self) -> list[FakeMessage]:
        """What reached this phone, oldest first."""
        address = self._address(self.phone)
        return [one for one in self.world.messages if one.recipient == address and not one.has_failed]

    async def write(self, text: str, *, forge: bool = False) -> int:
        kind = self._keyword(text)
        told = {"Body": text, "NumSegments": str(segments(text) if self.channel == "sms" else 1)}
        if kind and self.world.advanced_opt_out:
            told["OptOutType"] = kind
        form = self._arrived(told)
        if kind:
            self._obey(kind)
        return await self.send_form(form, forge=forge)

    async def stop(self) -> int:
        return await self.write("STOP")

    async def press(self, message: FakeMessage, index: int) -> int:
        """Tap a button or choose an item of a message."""
        label, payload = message.buttons[index]
        told = {"Body": label, "OriginalRepliedMessageSid": message.sid}
        told["OriginalRepliedMessageSender"] = message.sender
        if message.list_label is None:
            told |= {
                "MessageType": "button",
                "ButtonText": label,
                "ButtonPayload": payload,
                "ButtonType": "QUICK_REPLY",
            }
        else:
            told |= {"MessageType": "interactive", "ListId": payload, "ListTitle": label, "ListDescription": ""}
        return await self.send_form(self._arrived(told))

    async def send_media(self, *types: str, caption: str = "") -> int:
        kinds = types or ("image/jpeg",)
        told = {"Body": caption, "MessageType": kinds[0].split("/")[0]}
        for number, kind in enumerate(kinds):
            told[f"MediaContentType{number}"] = kind
            told[f"MediaUrl{number}"] = f"https://api.twilio.com/2010-04-01/Media/ME{number:032x}"
        return await self.send_form(self._arrived(told, media=kinds))

    async def send_file(self, content: bytes, type: str, *, caption: str = "") -> int:
        """Send a real file; Twilio holds it under its own address, behind the account's credentials."""
        form = self._arrived({"Body": caption, "MessageType": type.split("/", maxsplit=1)[0]}, media=(type,))
        sid = form["MessageSid"]
        self.world.files[sid, media_sid(0)] = HeldFile(type, content)
        return await self.send_form(form | {"MediaContentType0": type, "MediaUrl0": media_url(self.world, sid, 0)})

    async def send_location(self, latitude: float, longitude: float, *, label: str = "") -> int:
        told = {"MessageType": "location", "Latitude": str(latitude), "Longitude": str(longitude)}
        return await self.send_form(self._arrived(told | {"Address": "", "Label": label}))

    async def send_form(self, form: dict[str, str], *, forge: bool = False) -> int:
        """Deliver (again) what `arrival` or a test made."""
        return await self.poster.post(self.world.webhooks[self.channel], form, forge=forge)

    def arrival(self, text: str) -> dict[str, str]:
        """The form of a message that Twilio has, and lists, but has not delivered."""
        return self._arrived({"Body": text})

    def _address(self, phone: str) -> str:
        return (PREFIX if self.channel == "whatsapp" else "") + phone

    def _keyword(self, text: str) -> str | None:
        if self.channel == "whatsapp" and not self.world.advanced_opt_out:
            return None
        word = text.strip().upper()
        if word in _START and (self.channel, self.phone) not in self.world.opted_out and word != "START":
            return None
        return next((kind for kind, words in _KEYWORDS.items() if word in words), None)

    def _obey(self, kind: str) -> None:
        """Twilio's own answer comes before the block, and does not ask us."""
        place = (self.channel, self.phone)
        if kind == "START":
            self.world.opted_out.discard(place)
        was_out = place in self.world.opted_out
        if kind == "STOP":
            self.world.opted_out.add(place)
        if not was_out:
            self._record(_ANSWERS[kind], outbound=True)

    def _record(self, body: str, *, outbound: bool = False, media: tuple[str, ...] = ()) -> FakeMessage:
        ours, theirs = self._address(self.world.senders[self.channel]), self._address(self.phone)
        made = FakeMessage(
            sid=self.world.sid("SM"),
            sender=ours if outbound else theirs,
            recipient=theirs if outbound else ours,
            body=body,
            direction="outbound-reply" if outbound else "inbound",
            created=self.world.clock(),
            status="delivered" if outbound else "received",
            service=next((sid for sid, channel in self.world.services.items() if channel == self.channel), None),
            media=media,
        )
        self.world.messages.append(made)
        return made

    def _arrived(self, told: dict[str, str], media: tuple[str, ...] = ()) -> dict[str, str]:
        message = self._record(told.get("Body", ""), media=media)
        self.world.last_inbound[self.channel, self.phone] = self.world.clock()
        form = {
            "SmsMessageSid": message.sid,
            "NumMedia": str(len(media)),
            "SmsSid": message.sid,
            "SmsStatus": "received",
            "Body": "",
            "To": message.recipient,
            "NumSegments": "1",
            "MessageSid": message.sid,
            "AccountSid": self.world.account,
            "From": message.sender,
            "ApiVersion": "2010-04-01",
        }
        if message.service:
            form["MessagingServiceSid"] = message.service
        return form | self._extras() | told

    def _extras(self) -> dict[str, str]:
        if self.channel == "sms":
            return {f"{side}{place}": "" for side in ("From", "To") for place in _PLACES} | {"FromCountry": "IT"}
        return {
            "ProfileName": self.profile_name,
            "WaId": self.wa_id or self.phone.lstrip("+"),
            "MessageType": "text",
            "ReferralNumMedia": "0",
            "ChannelMetadata": '{"type":"whatsapp","data":{"context":{}}}',
        }


_KEYWORDS = {"STOP": _STOP, "START": _START, "HELP": _HELP}
