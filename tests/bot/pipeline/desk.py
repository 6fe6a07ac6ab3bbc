"""A member of staff at work, for the tests of takeover."""

from collections.abc import Callable
from typing import Any

from bot import takeover
from bot.message import Outbound, Text
from storage import cases
from storage.cases import CaseRow
from storage.database import Transaction
from tests.builders import House, add_staff, world

LEASE = takeover.Lease.of(world().programme)


class Desk:
    """What a member of staff does, with the house."""

    def __init__(self, house: House) -> None:
        self.house = house

    async def staff(self, name: str = "Nora") -> int:
        return await self.house.database.write(lambda t: add_staff(t, name))

    async def case(self, member: int) -> CaseRow:
        found = await self.house.database.read(lambda t: cases.latest(t, member))
        assert found is not None
        return found

    async def do(self, work: Callable[[Transaction], Any]) -> list[str]:
        """One act of the desk, then all that follows from it; what members were told."""
        await self.house.database.write(work)
        return await self.house.turn()

    async def take(self, member: int, staff: int) -> list[str]:
        now = self.house.clock.now
        row = await self.house.database.read(lambda t: cases.unresolved(t, member))
        version = row.version if row is not None else None
        return await self.do(lambda t: takeover.take(t, LEASE, member, staff, version=version, now=now))

    async def say(self, member: int, staff: int, words: str) -> list[str]:
        case, now = await self.case(member), self.house.clock.now
        message = Outbound(Text(words))
        return await self.do(
            lambda t: takeover.write(t, LEASE, case.id, message, by=staff, version=case.version, voice="it", now=now)
        )

    async def end(self, member: int, staff: int, how: Any = takeover.give_back) -> list[str]:
        case, now = await self.case(member), self.house.clock.now
        return await self.do(lambda t: how(t, LEASE, case.id, by=staff, version=case.version, now=now))
