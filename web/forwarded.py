"""What a request claims about where it comes from: believed of named proxies, dropped otherwise.

`sift` returns the request as the rest of the server may see it: scheme, host, prefix and client as
a believed proxy gave them, or as the connection shows them. From anybody else every forwarding
header is taken out and reported. Who the person is, is decided in `web.access`.
"""

from __future__ import annotations

import logging
import re
import time
from collections import Counter
from collections.abc import Callable, Iterable

from starlette.types import Scope

from web.peers import Address, Proxies, read_address
from web.policy import Policy, read_prefix

Headers = list[tuple[bytes, bytes]]

log = logging.getLogger(__name__)

ONLY_PROXIES = frozenset({"forwarded", "x-real-ip", "x-remote-user"})
"""Headers only a proxy may set, besides the identity header and all that begin `x-forwarded-`."""

_HOST = re.compile(
    r"(?:[A-Za-z0-9_](?:[A-Za-z0-9._-]{0,252})?|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?"
)
_LINES_A_MINUTE = 20


class Forgeries:
    """Logs who sent which header without being a named proxy: the name, never the value.

    Each pair is told once a minute, and at most twenty of them; the rest is only counted.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._minute = -1
        self._told: Counter[tuple[str, str]] = Counter()
        self._untold = 0

    def tell(self, peer: object, header: str) -> None:
        """Note one header that was dropped."""
        minute = int(self._clock() // 60)
        if minute != self._minute:
            if self._untold:
                log.warning("%d more forged headers were dropped", self._untold)
            self._minute, self._untold = minute, 0
            self._told.clear()
        pair = (str(peer or "nobody")[:64], header[:64])
        if pair in self._told or len(self._told) >= _LINES_A_MINUTE:
            self._untold += 1
            return
        self._told[pair] += 1
        log.warning("dropped the header %s from %s, which is no named proxy", pair[1], pair[0])


def undisguised(name: bytes) -> str:
    """Return a header's name as others may read it: `X_Remote_User` → `x-remote-user`."""
    return name.decode("latin-1").lower().replace("_", "-")


def is_claim(name: str, identity_header: str) -> bool:
    """Tell whether only a proxy may send a header of this (undisguised) name."""
    return name.startswith("x-forwarded-") or name in ONLY_PROXIES or name == identity_header


def sift(scope: Scope, policy: Policy, proxies: Proxies, forgeries: Forgeries) -> Scope:
    """Return the request with what is not believed taken out, and what is believed put in place."""
    peer = peer_of(scope)
    believed = proxies.knows(peer)
    kept: Headers = []
    said: dict[str, list[str]] = {}
    for raw, value in scope["headers"]:
        name, plain = raw.decode("latin-1").lower(), undisguised(raw)
        if plain.startswith("x-gradio-") or plain == "x-request-id":
            continue  # Gradio would take its own address from one of these
        if not is_claim(plain, policy.identity_header):
            kept.append((raw.lower(), value))
        elif believed and name == plain:
            said.setdefault(name, []).append(value.decode("latin-1"))
        else:
            forgeries.tell(peer, name)
    clean = {name: value for name, values in said.items() if (value := _one(name, values))}
    kept += [(name.encode(), value.encode("latin-1")) for name, value in clean.items()]
    visitor = proxies.visitor(peer, _listed(said.get("x-forwarded-for", ())))
    return _placed({**scope, "headers": kept}, clean, visitor, policy)


def peer_of(scope: Scope) -> Address | None:
    """Return the address at the other end of the connection; None for a Unix socket."""
    client = scope.get("client")
    return read_address(client[0]) if client else None


def _listed(values: Iterable[str]) -> list[str]:
    return [part for value in values for part in value.split(",")]


def _one(name: str, values: list[str]) -> str:
    """Return the value nearest to us, which a believed proxy wrote; "" if it cannot be one."""
    if name not in {"x-forwarded-host", "x-forwarded-proto", "x-forwarded-prefix"}:
        return ", ".join(values)
    last = _listed(values)[-1].strip()
    if name == "x-forwarded-host":
        return last if _HOST.fullmatch(last) else ""
    if name == "x-forwarded-proto":
        return last.lower() if last.lower() in {"http", "https"} else ""
    try:
        return read_prefix(last)
    except ValueError:
        return ""


def _placed(scope: Scope, said: dict[str, str], visitor: Address | None, policy: Policy) -> Scope:
    """Write what is believed to where Starlette and Gradio look for it."""
    host = said.get("x-forwarded-host")
    if host:
        others = [(name, value) for name, value in scope["headers"] if name != b"host"]
        scope["headers"] = [(b"host", host.encode()), *others]
    if "x-forwarded-proto" in said:
        scope["scheme"] = said["x-forwarded-proto"]
    if visitor is not None and visitor != peer_of(scope):
        scope["client"] = (str(visitor), 0)
    root = said.get("x-forwarded-prefix") or policy.root_path
    if root:
        scope["root_path"] = root
        for name, prefix in (("path", root), ("raw_path", root.encode())):
            path = scope.get(name)
            if path is not None and not _is_below(path, prefix):
                scope[name] = prefix + path
    return scope


def _is_below(path: str | bytes, root: str | bytes) -> bool:
    """Tell whether a proxy left the prefix where it was."""
    slash: str | bytes = "/" if isinstance(root, str) else b"/"
    return path == root or path.startswith(root + slash)  # type: ignore[operator, arg-type]


def path_of(scope: Scope) -> str:
    """Return the path without the prefix under which it is published."""
    path: str = scope["path"]
    root: str = scope.get("root_path", "")
    return path[len(root) :] or "/" if root and _is_below(path, root) else path
