"""How often a sign-in may fail: for an address from one place, from all of them, and from a place for any address.

A try counts as failed until it turns out well, so that many at the same time get no further.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import IPv4Address, ip_address, ip_network

from loyalty.tokens import Keyring, hashed
from storage import staff
from storage.database import Transaction

_SECOND = 1_000_000
WINDOW = 15 * 60 * _SECOND
MOST_FOR_BOTH, MOST_FOR_ADDRESS, MOST_FROM_PLACE = 5, 50, 30


@dataclass(frozen=True, slots=True)
class Tries:
    """The keys under which a try is counted: keyed hashes of the e-mail address, of the client's, and of both."""

    both: str
    address: str
    place: str

    @classmethod
    def of(cls, keyring: Keyring, email: str, client: str) -> Tries:
        """The keys of a try with this address from there."""
        place = network_of(client)
        return cls(
            hashed(keyring, "sign-in e-mail and place", f"{place} {email}"),
            hashed(keyring, "sign-in e-mail", email),
            hashed(keyring, "sign-in place", place),
        )

    def begin(self, transaction: Transaction, now: int) -> int:
        """Count a try; how many seconds to wait before one is heard, 0 if this one is."""
        limits = ((self.both, MOST_FOR_BOTH), (self.place, MOST_FROM_PLACE), (self.address, MOST_FOR_ADDRESS))
        for key, most in limits:
            counted = staff.count_failure(transaction, key, now, before=now - WINDOW)
            if counted.failures > most:  # the next ones do not count it: one place alone shuts nobody else out
                return max(1, -(-(counted.since + WINDOW - now) // _SECOND))
        return 0

    def succeed(self, transaction: Transaction) -> None:
        """It was right: nothing counts against the address from there, and this one not against the others."""
        staff.clear_failures(transaction, self.both)
        staff.forgive_failure(transaction, self.address)
        staff.forgive_failure(transaction, self.place)


def network_of(client: str) -> str:
    """What is one place: an IPv4 address, however it is written, or the 64 bits of IPv6 that one customer has."""
    try:
        found = ip_address(client)
    except ValueError:
        return client
    if isinstance(found, IPv4Address):
        return str(found)
    return str(found.ipv4_mapped or ip_network((found, 64), strict=False))
