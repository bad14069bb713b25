"""What the operator decides about the web port."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from dcc import limits
from dcc.server.web.forwarded import TrustedProxies
from dcc.server.web.origins import Origin


@dataclass(frozen=True)
class WebSettings:
    """The options of the web port.

    :ivar hosts: names that the server goes by, besides those of the machine.
    :ivar origins: sites whose pages may connect, besides our own.
    :ivar embedders: sites whose pages may show ours in a frame.
    :ivar proxies: proxies that are believed.
    :ivar user_header: the header in which proxies name the people whom they have signed in; empty without.
    :ivar stall_seconds: how long a client may take nothing of an answer.
    """

    hosts: Sequence[str] = ()
    origins: Sequence[Origin] = ()
    embedders: Sequence[Origin] = ()
    proxies: TrustedProxies = field(default_factory=TrustedProxies)
    user_header: str | None = None
    stall_seconds: float = limits.STALL_SECONDS
