"""The file of a message, as channels need it: its bytes, and a link for providers and phones that fetch it."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.media import link_for
from bot.message import Attachment
from bot.render import Attached
from loyalty.tokens import Keyring
from storage import attachments
from storage.database import Database

FileOf = Callable[[Attachment], Awaitable[Attached | None]]
"""None: the file is not there any more (its member was erased)."""


@dataclass(frozen=True, slots=True)
class Files:
    """Files as they are kept, with links under this public address."""

    database: Database
    keyring: Keyring
    public_url: str
    clock: Callable[[], int]

    async def of(self, attachment: Attachment) -> Attached | None:
        """A message's file, read now: a message keeps its number only."""
        row = await self.database.read(lambda transaction: attachments.get(transaction, attachment.id))
        if row is None:
            return None
        link = link_for(self.public_url, self.keyring, row.id, self.clock())
        return Attached(row.name, row.type, row.content, link)


async def no_files(attachment: Attachment) -> Attached | None:
    """Where nobody sends files."""
    del attachment
    return None
