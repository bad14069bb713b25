"""``dcc key``: give people keys, list them, take them back, print them on a sheet.

Only the digest of a key is kept: a key is shown when it is made, and never again.
"""

from __future__ import annotations

import json
import secrets
import time
from argparse import ArgumentParser, Namespace
from collections.abc import Iterable, Sequence
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from dcc import limits
from dcc.board.rules import Rules
from dcc.client.address import Address, parse_any_address
from dcc.commands.arguments import listed, parse_end, parse_person, read_names_file, typed
from dcc.commands.asking import confirm
from dcc.commands.authority import Authority, add_authority_options, authority
from dcc.commands.parser import UsageError
from dcc.commands.subcommands import Subcommand
from dcc.core.actions import AddKey, RevokeKey
from dcc.core.people import KEY_BYTES, Role, digest_key, spell_key
from dcc.core.placements import MILLISECONDS
from dcc.errors import DccError
from dcc.language import N_, _, ngettext, number, system_reason
from dcc.protocol.messages import KeyHolder
from dcc.record.reader import Reader
from dcc.sheet import Slip, link_with_key, write_sheet
from dcc.stdout import complain, say, say_printable
from dcc.telling import tell_role
from dcc.times import show_time
from dcc.wording import clip

ROLES = {role.name.lower(): role for role in Role}
"""The roles, by their names on the command line."""


# --- add -----------------------------------------------------------------------------------------


def _add_add(parser: ArgumentParser) -> None:
    parser.description = _(
        "Give each name a key, and print name, key and link, separated by tabs. A key is shown this once: the record "
        "keeps only its digest. Whoever has the key is the person. Either every name gets a key or none."
    )
    parser.add_argument("names", nargs="*", type=typed(parse_person), metavar=_("NAME"), help=_("who gets a key"))
    parser.add_argument(
        "--names",
        dest="names_file",
        type=typed(read_names_file),
        metavar=_("FILE"),
        help=_("also everybody in this file, which has a name on each line"),
    )
    parser.add_argument(
        "--role", choices=ROLES, default="paint", help=_("what they may do [{default}]").format(default="paint")
    )
    parser.add_argument(
        "--until",
        type=typed(parse_end),
        metavar=_("TIME"),
        help=_("when the keys end: a day such as 2026-06-30, a time, or 30d from now [never]"),
    )
    parser.add_argument(
        "--sheet", type=Path, metavar="OUT.html", help=_("also write a page to print, with a link and a QR code each")
    )
    _add_url_option(parser)
    add_authority_options(parser)


def _run_add(arguments: Namespace) -> int:
    names = [*arguments.names, *(arguments.names_file or [])]
    if not names:
        raise UsageError(_("whose key? Give names, or --names FILE"))
    _check_once(names)
    with authority(arguments) as host:
        page = arguments.url or host.page
        if arguments.sheet is not None:
            _check_sheet(arguments.sheet, host, page)
        _refuse_taken(names, host.people().keys)
        _hand_out(
            host, [KeyHolder(name, ROLES[arguments.role], arguments.until) for name in names], page, arguments.sheet
        )
    return 0


def _hand_out(
    host: Authority, holders: Sequence[KeyHolder], page: str | None, sheet: Path | None, *, renew: bool = False
) -> None:
    """Make keys, and print them, also if something fails on the way: nobody could ever see them again."""
    slips: list[Slip] = []
    try:
        for holder in holders:
            key = spell_key(secrets.token_bytes(KEY_BYTES))
            if renew:
                host.act(RevokeKey(holder.name))
            host.act(AddKey(holder.name, digest_key(key), holder.role, holder.until_ms))
            slips.append(Slip(holder.name, key))
        if sheet is not None:
            write_sheet(sheet, slips, host.address or "", page, datetime.now())
    except BaseException:
        _print_keys(slips, page, host)
        raise
    if not renew:
        _print_keys(slips, page, host)
    if sheet is not None:
        count = ngettext("{count} key", "{count} keys", len(slips)).format(count=number(len(slips)))
        complain("dcc key: " + _("{file}: {keys}; print it, and keep it from others").format(file=sheet, keys=count))


def _print_keys(slips: Iterable[Slip], page: str | None, host: Authority) -> None:
    address = None if host.address is None else parse_any_address(host.address)
    port = address.port if isinstance(address, Address) else limits.DEFAULT_PORT
    for slip in slips:
        say("\t".join([slip.name, slip.key, *([] if page is None else [link_with_key(page, slip.key, port)])]))


def _refuse_taken(names: Iterable[str], holders: Iterable[KeyHolder]) -> None:
    have = {holder.name for holder in holders}
    if taken := [name for name in names if name in have]:
        line = ngettext("{names} has a key already", "{names} have keys already", len(taken))
        raise DccError(line.format(names=listed(taken)) + _("; no key was made (dcc key revoke, dcc key sheet)"))


# --- list ----------------------------------------------------------------------------------------


def _add_list(parser: ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help=_("print JSON, an object per line"))
    add_authority_options(parser)


def _run_list(arguments: Namespace) -> int:
    if arguments.address is None:
        holders = _holders_on_record(arguments.store)
    else:
        with authority(arguments) as host:
            holders = list(host.people().keys)
    if arguments.json:
        for holder in holders:
            say(json.dumps({"name": holder.name, "role": holder.role.name.lower(), "until_ms": holder.until_ms}))
    elif not holders:
        say(_("nobody has a key"))
    else:
        longest = max(len(holder.name) for holder in holders)
        say_printable(*(_line(holder, longest) for holder in holders))
    return 0


def _holders_on_record(path: str) -> list[KeyHolder]:
    with Reader(path) as reader:
        rules = Rules(reader.size)
        for entry in reader.log():
            rules.apply(entry)
    return [KeyHolder(key.name, key.role, key.until_ms) for key in rules.keys.values()]


def _line(holder: KeyHolder, longest: int) -> str:
    line = f"{holder.name:{longest}}  {tell_role(holder.role)}"
    if holder.until_ms is None:
        return line
    end = _("until {time}") if holder.until_ms > time.time() * MILLISECONDS else _("ended {time}")
    return f"{line}, {end.format(time=show_time(holder.until_ms))}"


# --- revoke --------------------------------------------------------------------------------------


def _add_revoke(parser: ArgumentParser) -> None:
    parser.description = _("End keys at once; who is connected with one is disconnected. The names keep their pixels.")
    parser.add_argument("names", nargs="+", type=typed(parse_person), metavar=_("NAME"), help=_("whose key ends"))
    add_authority_options(parser)


def _run_revoke(arguments: Namespace) -> int:
    _check_once(arguments.names)
    with authority(arguments) as host:
        _refuse_unknown(arguments.names, host.people().keys)
        for name in arguments.names:
            host.act(RevokeKey(name))
            say(_("the key of {name} has ended").format(name=clip(name)))
    return 0


def _refuse_unknown(names: Iterable[str], holders: Sequence[KeyHolder]) -> None:
    have = {holder.name for holder in holders}
    if holders and (unknown := [name for name in names if name not in have]):
        line = ngettext("{names} has no key", "{names} have no keys", len(unknown))
        raise DccError(line.format(names=listed(unknown)) + _("; nothing was done (see dcc key list)"))


# --- sheet ---------------------------------------------------------------------------------------


def _add_sheet(parser: ArgumentParser) -> None:
    parser.description = _(
        "Write a page to print: a slip for each person, with name, link and QR code. Since the record keeps only "
        "digests, each person on it gets a new key, and the old key ends."
    )
    parser.add_argument("out", type=Path, metavar="OUT.html", help=_("the file to make; none is overwritten"))
    parser.add_argument(
        "names",
        nargs="*",
        type=typed(parse_person),
        metavar=_("NAME"),
        help=_("who gets a new key [all with the role {role}]").format(role="paint"),
    )
    parser.add_argument("--yes", action="store_true", help=_("do not ask"))
    _add_url_option(parser)
    add_authority_options(parser)


def _run_sheet(arguments: Namespace) -> int:
    _check_once(arguments.names)
    with authority(arguments) as host:
        page = arguments.url or host.page
        _check_sheet(arguments.out, host, page)
        present = host.people().keys
        _refuse_unknown(arguments.names, present)
        holders = [
            holder
            for holder in present
            if (holder.name in arguments.names if arguments.names else holder.role is Role.PAINT)
        ]
        if not holders:
            raise DccError(_("nobody has a key with the role {role} (see dcc key list)").format(role="paint"))
        now_ms = time.time() * MILLISECONDS
        if ended := [holder.name for holder in holders if holder.until_ms is not None and holder.until_ms <= now_ms]:
            raise DccError(_("the keys of {names} came to their end; dcc key revoke them").format(names=listed(ended)))
        question = ngettext(
            "{names} gets a new key, and the old key ends. Go on?",
            "{count} people get new keys, and their old keys end: {names}. Go on?",
            len(holders),
        )
        names = listed([holder.name for holder in holders])
        confirm(question.format(count=number(len(holders)), names=names), is_agreed=arguments.yes)
        _hand_out(host, holders, page, arguments.out, renew=True)
    return 0


def _check_sheet(path: Path, host: Authority, page: str | None) -> None:
    """:raises DccError: no sheet can be written there, or the sheet would lead nowhere. No key is made yet."""
    try:
        path.lstat()
    except FileNotFoundError:
        pass
    except OSError as error:
        raise DccError(f"{path}: {system_reason(error)}") from None
    else:
        raise DccError(_("{path} is there already, and no sheet is overwritten").format(path=path))
    if not path.parent.is_dir():
        raise DccError(_("{path}: there is no such folder").format(path=path.parent))
    if page is None and host.address is None:
        raise DccError(_("no server runs, so say where its page will be: --url http://HOST:8080/"))


# --- what they share -----------------------------------------------------------------------------


def _add_url_option(parser: ArgumentParser) -> None:
    parser.add_argument(
        "--url",
        type=typed(_parse_page),
        metavar="URL",
        help=_("the page as others reach it, for the links [the address that the running server tells]"),
    )


def _parse_page(text: str) -> str:
    try:
        page = urlsplit(text)
        is_page = page.scheme in ("http", "https") and bool(page.hostname) and (page.port or 1) > 0
    except ValueError:
        is_page = False
    if not is_page or not text.isprintable() or " " in text:
        raise DccError(
            _("{text}: expected the address of a page, such as http://192.168.1.20:8080/").format(text=clip(text))
        )
    return page._replace(path=page.path or "/", query="", fragment="").geturl()


def _check_once(names: Sequence[str]) -> None:
    for position, name in enumerate(names):
        if name in names[:position]:
            raise UsageError(_("the name {name} comes twice").format(name=clip(name)))


SUBCOMMANDS = (
    Subcommand("add", N_("give people keys"), "dcc key add Ana Luis --role moderate", _add_add, _run_add),
    Subcommand("list", N_("list who has a key"), "dcc key list --json", _add_list, _run_list),
    Subcommand("revoke", N_("end keys"), "dcc key revoke Luis", _add_revoke, _run_revoke),
    Subcommand(
        "sheet",
        N_("print new keys on a page to cut up"),
        "dcc key sheet class.html --url http://192.168.1.20:8080/",
        _add_sheet,
        _run_sheet,
    ),
)
