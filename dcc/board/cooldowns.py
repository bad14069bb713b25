"""The cooldown of people: a pause from one pixel to the next, whose pixels can gather.

1. A person has a number of charges. A pixel takes one, and one comes back every so many seconds, up to the most.
   Somebody new has the most.
2. The cooldown belongs to the person, over all connections and wires: to the proven name, otherwise to the address (to
   the network of 64 bits of an IPv6 address, whose machines take any address within).
3. A restart ends no cooldown: the record knows who painted lately.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from itertools import islice

from dcc import reasons
from dcc.core.addresses import UNIX_SOCKET, hash_address, host_of, household, is_hashed
from dcc.core.people import Person
from dcc.core.placements import MILLISECONDS, Painter
from dcc.errors import PixelRejected, StillResting
from dcc.protocol.messages import Cooldown

_NEARLY = 1e-6
"""Of a charge: sums of times are rounded, and a painter that waits as long as told must not be told to wait again."""

NO_COOLDOWN = Cooldown(0, 0, most=0)
"""The news that there is no cooldown any more."""


def name_for_charges(person: Person) -> str:
    """Return a name for whoever shares the charges: a proven name after a sign that no address has, or an address."""
    return f"={person.name}" if person.name else household(person.host)


def _of_record(painter: Painter) -> str:
    host = "" if painter.address == UNIX_SOCKET else host_of(painter.address)
    return name_for_charges(Person(painter.name if painter.is_proven else "", host=host))


class Cooldowns:
    """The charges of all people of a board.

    :ivar seconds: from one charge to the next; 0 if there is no cooldown.
    :ivar most: how many charges a person can gather.
    """

    def __init__(self, now: Callable[[], float], secret: bytes) -> None:
        """
        :param now: a monotonic clock, in seconds.
        :param secret: of the canvas, with which its record hashes addresses.
        """
        self.seconds = 0
        self.most = 1
        self._now = now
        self._secret = secret
        # When a person has the most charges again. Those who painted last come last; who is full is forgotten.
        self._full_at: dict[str, float] = {}
        self._hashed: dict[str, float] = {}  # the same by hashed address: from before the start, and from other servers

    def set(self, seconds: int, most: int) -> None:
        """Change the cooldown. Nobody waits longer than somebody without a charge waits from now on."""
        self.seconds, self.most = seconds, most
        latest = self._now() + seconds * most
        self._full_at = {who: min(full_at, latest) for who, full_at in self._full_at.items()} if seconds else {}

    def recall(self, painted: Iterable[tuple[Painter, int, int]], now_ms: float) -> list[str]:
        """Take who painted before a restart, or through another server.

        :param painted: see :meth:`dcc.board.record.Record.painted_since`.
        :param now_ms: milliseconds since 1970-01-01 UTC.
        :return: whose charges were taken.
        """
        now = self._now()
        whose: dict[str, None] = {}
        for painter, time_ms, pixels in painted:
            if not painter.is_proven and not painter.address:  # nobody can tell whose it is
                continue
            who = _of_record(painter)
            known = self._hashed if is_hashed(who) else self._full_at
            then = now - max(0.0, now_ms - time_ms) / MILLISECONDS
            if who not in known:
                self._forget(now)
            full_at = max(known.pop(who, then), then) + pixels * self.seconds
            known[who] = min(full_at, now + self.seconds * self.most)
            whose[who] = None
        return list(whose)

    def meet(self, person: Person) -> None:
        """Recognise somebody who painted before a restart, by a hashed address. To be called before the rest."""
        if self._hashed and not person.name:
            full_at = self._hashed.pop(hash_address(self._secret, person.host), None)
            if full_at is not None:
                who = household(person.host)
                self._full_at[who] = max(full_at, self._full_at.get(who, full_at))

    # --- painting --------------------------------------------------------------------------------

    def take(self, who: str, pixels: int) -> None:
        """Take a charge for each pixel; do nothing without a cooldown.

        :raises StillResting: there are not enough yet.
        :raises PixelRejected: nobody ever has as many.
        """
        if not self.seconds:
            return
        if pixels > self.most:
            if self.most == 1:
                raise PixelRejected(reasons.ONE_CELL, segundos=self.seconds)
            raise PixelRejected(reasons.TOO_MANY_CELLS, cargas=self.most, segundos=self.seconds)
        now = self._now()
        full_at = self._of(who, now)
        wait = full_at - now - (self.most - pixels) * self.seconds
        if wait > _NEARLY * self.seconds:
            raise StillResting(reasons.COOLDOWN, wait, segundos=self.seconds)
        if who not in self._full_at:
            self._forget(now)
        self._full_at.pop(who, None)
        self._full_at[who] = full_at + pixels * self.seconds

    def give_back(self, who: str, pixels: int) -> None:
        """Give charges back, because their pixels were not recorded."""
        full_at = self._full_at.get(who)
        if full_at is not None:
            self._full_at[who] = full_at - pixels * self.seconds

    def news(self, who: str) -> Cooldown:
        """Return what somebody is told: as of now."""
        if not self.seconds:
            return NO_COOLDOWN
        now = self._now()
        missing = (self._of(who, now) - now) / self.seconds  # charges
        gone = math.ceil(missing - _NEARLY)
        until_next = (missing - (gone - 1)) * self.seconds if gone > 0 else 0.0
        wait = until_next if gone >= self.most else 0.0
        return Cooldown(
            _milliseconds(wait),
            self.most - gone,
            self.most,
            _milliseconds(until_next),
            self.seconds * MILLISECONDS,
        )

    @property
    def remembered(self) -> int:
        """How many people are remembered."""
        return len(self._full_at) + len(self._hashed)

    def _of(self, who: str, now: float) -> float:
        """Return when somebody has the most charges: now or later."""
        full_at = self._full_at.get(who)
        return now if full_at is None or full_at < now else full_at

    def _forget(self, now: float) -> None:
        """Forget people with the most charges: at most two of a table for each new one, and so the tables shrink."""
        for known in (self._full_at, self._hashed):
            for who in list(islice(known, 2)):
                if known[who] > now:
                    break
                del known[who]


def _milliseconds(seconds: float) -> int:
    return math.ceil((seconds - _NEARLY) * MILLISECONDS)
