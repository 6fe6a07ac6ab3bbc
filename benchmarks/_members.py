"""The members who write in the benchmarks: the same ones for every server, made up from their number alone."""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import overload

LOCALES = ("en", "it", "es", "pt_BR", "ar")
MARKETS = {"en": "US", "it": "IT", "es": "ES", "pt_BR": "BR", "ar": "DE"}
ZONES = {
    "US": "America/New_York",
    "IT": "Europe/Rome",
    "ES": "Europe/Madrid",
    "BR": "America/Sao_Paulo",
    "DE": "Europe/Berlin",
}
DAY = 24 * 3600 * 1_000_000
_MEAN = 400
_YEAR = 365


@dataclass(frozen=True, slots=True)
class Grant:
    """Points that came together; days from now, negative ones past."""

    points: int
    activates: int
    expires: int | None


@dataclass(frozen=True, slots=True)
class Person:
    """One member. `active` is what the balance answers."""

    number: int
    locale: str
    grants: tuple[Grant, ...]

    @property
    def phone(self) -> str:
        return f"+39333{self.number:07d}"

    @property
    def market(self) -> str:
        return MARKETS[self.locale]

    @property
    def zone(self) -> str:
        return ZONES[self.market]

    @property
    def active(self) -> int:
        return sum(grant.points for grant in self.grants if grant.activates <= 0)


class Crowd(Sequence[Person]):
    """`size` members, the locales in turn; one in ten has no points yet, three in ten wait for some to mature."""

    def __init__(self, size: int) -> None:
        self._size = size

    def __len__(self) -> int:
        return self._size

    @overload
    def __getitem__(self, number: int) -> Person: ...
    @overload
    def __getitem__(self, number: slice) -> Sequence[Person]: ...

    def __getitem__(self, number: int | slice) -> Person | Sequence[Person]:
        if isinstance(number, slice):
            return [_person(one) for one in range(*number.indices(self._size))]
        if not 0 <= number < self._size:
            raise IndexError(number)
        return _person(number)

    def __iter__(self) -> Iterator[Person]:
        return map(_person, range(self._size))


def _person(number: int) -> Person:
    chance = random.Random(number)
    kind = chance.randrange(10)
    grants: list[Grant] = []
    if kind > 0:
        past = chance.randrange(1, 330)
        expires = None if kind == 1 else _YEAR - past
        grants.append(Grant(1 + int(chance.expovariate(1 / _MEAN)), -past, expires))
    if kind > 6:
        ahead = chance.randrange(1, 15)
        grants.append(Grant(1 + int(chance.expovariate(4 / _MEAN)), ahead, ahead + _YEAR))
    return Person(number, LOCALES[number % len(LOCALES)], tuple(grants))
