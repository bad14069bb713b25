"""Bans, by proven name, or by network address for people without a proven name."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from dcc.core.actions import Ban, Unban
from dcc.core.addresses import HOUSEHOLD_BITS
from dcc.core.people import Person


class Bans:
    """The bans of one board. Times are in milliseconds since 1970-01-01 UTC."""

    def __init__(self) -> None:
        self._names: dict[str, Ban] = {}
        self._networks: dict[IPv4Network | IPv6Network, Ban] = {}
        self._lengths: dict[int, list[int]] = {4: [], 6: []}  # of the banned prefixes, by version of IP, longest first

    def add(self, ban: Ban) -> None:
        """Add a ban, in place of an earlier one of the same name or network."""
        if ban.name:
            self._names[ban.name] = ban
            return
        network = ip_network(ban.network)
        self._networks[network] = ban
        lengths = self._lengths[network.version]
        if network.prefixlen not in lengths:
            lengths.append(network.prefixlen)
            lengths.sort(reverse=True)

    def remove(self, action: Unban) -> None:
        """Remove the ban of a name or of a network, if there is one."""
        if action.name:
            self._names.pop(action.name, None)
        else:
            self._networks.pop(ip_network(action.network), None)

    def has(self, action: Unban, now_ms: float) -> bool:
        """Whether a ban in force is there to remove."""
        ban = self._names.get(action.name) if action.name else self._networks.get(ip_network(action.network))
        return ban is not None and is_ahead(ban.until_ms, now_ms)

    def of(self, person: Person, now_ms: float) -> Ban | None:
        """Return the ban in force of a person, the narrowest network first; None if not banned."""
        if person.name:
            ban = self._names.get(person.name)
            return ban if ban is not None and is_ahead(ban.until_ms, now_ms) else None
        if not self._networks:
            return None
        for network in self._networks_of(person.host):
            ban = self._networks.get(network)
            if ban is not None and is_ahead(ban.until_ms, now_ms):
                return ban
        return None

    def in_force(self, now_ms: float) -> tuple[Ban, ...]:
        """Return every ban in force."""
        every = (*self._names.values(), *self._networks.values())
        return tuple(ban for ban in every if is_ahead(ban.until_ms, now_ms))

    def _networks_of(self, host: str) -> Iterable[IPv4Network | IPv6Network]:
        try:
            address = ip_address(host)
        except ValueError:  # a Unix socket, or somebody whom a proxy does not name
            return ()
        return (ip_network((address, length), strict=False) for length in self._lengths[address.version])


def is_ahead(until_ms: int | None, now_ms: float) -> bool:
    """Whether an end is still to come, or there is none."""
    return until_ms is None or until_ms > now_ms


def network_to_ban(text: str) -> str:
    """Return the network that a ban of an address or a network covers: at least 64 bits' worth of IPv6."""
    network = ip_network(text, strict=False)
    if network.version == 6 and network.prefixlen > HOUSEHOLD_BITS:
        return str(network.supernet(new_prefix=HOUSEHOLD_BITS))
    return str(network.network_address) if network.prefixlen == network.max_prefixlen else str(network)
