"""Who may come in: everybody, whom a named proxy names, or who shows a token.

`Access.who` is the one check in front of everything the server answers; `OPEN` lists the few paths
that need none. Everybody who is let in may read the whole archive; there are no roles.
"""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import Literal

from starlette.types import Scope

from web.forwarded import Headers, undisguised
from web.peers import Address, Proxies, neighbourhood
from web.policy import Policy
from web.tokens import TokenFile

OPEN: dict[str, str] = {
    "/healthz": "a load balancer has no token; the answer says nothing of the archive",
    "/embed.js": "a page of another site loads it before anybody has signed in; it is public code",
}
"""Paths that anybody may read, word for word and by GET or HEAD only, and why."""

_LONGEST_NAME = 256
_NOBODY = frozenset({"(null)", "-", "null", "none", "undefined", "anonymous"})
"""What proxies write when nobody has signed in (Apache writes `(null)`)."""


@dataclass(frozen=True)
class Caller:
    """Somebody who was let in."""

    how: Literal["open", "identity", "token"]
    name: str
    """The identity, the token's name, or for `open` what its address is counted by."""


class Access:
    """The check of one server."""

    def __init__(self, policy: Policy, proxies: Proxies) -> None:
        self._header = policy.identity_header
        self._proxies = proxies
        self._tokens = TokenFile(policy.tokens) if policy.tokens else None

    def who(self, headers: Headers, peer: Address | None, visitor: Address | None) -> Caller | None:
        """Return who asks, or None if nobody who may.

        `headers` are those that came over the wire, before anything was taken out of them; `peer`
        is the other end of the connection, `visitor` the address that limits count by.
        """
        if self._header and self._proxies.knows(peer):
            name = identity_in(headers, self._header)
            if name:
                return Caller("identity", name)
        tokens = self._tokens is not None and self._tokens.exists()
        if tokens and self._tokens is not None:
            token = self._tokens.name_of(bearer_in(headers))
            return Caller("token", token) if token else None
        return None if self._header else Caller("open", neighbourhood(visitor))


def identity_in(headers: Headers, header: str) -> str:
    """Return the name in an identity header; "" unless there is exactly one, and it is plain.

    A second one, or one under a name such as `X_Remote_User`, would leave it open which of the two
    the proxy wrote: then neither is believed.
    """
    found = [(name, value) for name, value in headers if undisguised(name) == header]
    if len(found) != 1 or b"_" in found[0][0]:
        return ""
    try:
        name = found[0][1].decode("utf-8").strip(" \t")
    except UnicodeDecodeError:
        name = found[0][1].decode("latin-1").strip(" \t")
    plain = name.isprintable() and 0 < len(name) <= _LONGEST_NAME
    return name if plain and name.lower() not in _NOBODY else ""


def bearer_in(headers: Headers) -> str:
    """Return the token of `Authorization: Bearer TOKEN`; "" unless there is exactly one."""
    found = [value for name, value in headers if undisguised(name) == "authorization"]
    scheme, _, token = (found[0] if len(found) == 1 else b"").partition(b" ")
    return token.strip().decode("latin-1") if scheme.lower() == b"bearer" else ""


def is_open(scope: Scope, path: str) -> bool:
    """Tell whether a request needs no check."""
    return scope["method"] in ("GET", "HEAD") and path in OPEN


def is_loopback(host: str) -> bool:
    """Tell whether only this machine can reach what listens on `host`."""
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def is_asked(policy: Policy) -> bool:
    """Tell whether anybody is asked who they are."""
    return bool(policy.identity_header) or (policy.tokens is not None and policy.tokens.exists())


def warning(host: str, policy: Policy) -> str:
    """Return what to say when a server starts that others can reach and that asks nobody; or ""."""
    if is_loopback(host) or is_asked(policy):
        return ""
    return (
        f"WARNING: Quoth listens on {host}, where other machines can reach it, and asks nobody who "
        "they are: whoever reaches this port can read every article of the archive and ask "
        "anything. To keep it to this machine, type: quoth serve --host 127.0.0.1. To let in only "
        "people your proxy has signed in, type: quoth serve --identity-header X-Remote-User "
        "--proxy ADDRESS-OF-THE-PROXY. To let in only programs that show a token, type: quoth "
        "token new NAME, and start again."
    )
