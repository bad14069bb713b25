"""Credentials of NATS as ``nsc`` makes them: an operator, accounts and a user, with signed JWTs.

Claims: https://github.com/nats-io/jwt, version 2. Made here, since ``nsc`` is one more program to install.
"""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import nkeys

_LIMITS = {
    "subs": -1,
    "data": -1,
    "payload": -1,
    "imports": -1,
    "exports": -1,
    "wildcards": True,
    "conn": -1,
    "leaf": -1,
    "mem_storage": -1,
    "disk_storage": -1,
    "streams": -1,
    "consumer": -1,
}


def key_pair(name: str, kind: int = nkeys.PREFIX_BYTE_USER) -> nkeys.KeyPair:
    """Return the key pair with a name: the same one each time."""
    return nkeys.from_seed(nkeys.encode_seed(name.encode().ljust(32, b"."), kind))


def seed_file(folder: Path, name: str = "seed") -> tuple[Path, str]:
    """Make a file with the seed of a user; return its path, and the public key."""
    pair = key_pair(name)
    path = folder / name
    path.write_bytes(bytes(pair.seed) + b"\n")
    return path, pair.public_key.decode()


def accounts(folder: Path) -> tuple[str, Path]:
    """Return lines of configuration with an operator and an account, and the credentials file of a user in it."""
    operator = key_pair("operator", nkeys.PREFIX_BYTE_OPERATOR)
    system, account = (key_pair(name, nkeys.PREFIX_BYTE_ACCOUNT) for name in ("system", "account"))
    user = key_pair("user")
    preloaded = "".join(
        f"  {public(pair)}: {sign(pair, operator, 'account', limits=limits)}\n"
        for pair, limits in ((system, {**_LIMITS, "disk_storage": 0, "mem_storage": 0}), (account, _LIMITS))
    )
    configuration = (
        f"operator: {sign(operator, operator, 'operator')}\n"
        f"system_account: {public(system)}\n"
        f"resolver: MEMORY\nresolver_preload: {{\n{preloaded}}}\n"
    )
    path = folder / "user.creds"
    path.write_text(
        f"-----BEGIN NATS USER JWT-----\n{sign(user, account, 'user', subs=-1, data=-1, payload=-1)}\n"
        "------END NATS USER JWT------\n\n"
        f"-----BEGIN USER NKEY SEED-----\n{bytes(user.seed).decode()}\n------END USER NKEY SEED------\n"
    )
    return configuration, path


def public(pair: nkeys.KeyPair) -> str:
    """Return the public key of a pair."""
    return str(pair.public_key.decode())


def sign(subject: nkeys.KeyPair, issuer: nkeys.KeyPair, kind: str, **claims: Any) -> str:
    """Return a signed JWT."""
    words = {
        "jti": kind,
        "iat": 1,
        "iss": public(issuer),
        "name": kind,
        "sub": public(subject),
        "nats": {"type": kind, "version": 2, **claims},
    }
    text = (
        f"{_encode(json.dumps({'typ': 'JWT', 'alg': 'ed25519-nkey'}).encode())}.{_encode(json.dumps(words).encode())}"
    )
    return f"{text}.{_encode(issuer.sign(text.encode()))}"


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
