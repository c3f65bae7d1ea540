"""What was decided about a server: who may ask, from where, how much. Data, and how it is read.

The values come from the command line (or a test) and are checked here, once. Acting on them is the
work of `web.guard` (every request), `web.door` (who comes in) and `web.limits` (how much).
"""

from __future__ import annotations

import ipaddress
import os
import re
from dataclasses import dataclass
from pathlib import Path

MAX_BODY = 64 * 1024
"""Bytes a request's body may have."""

MOST_AT_ONCE = 32
"""Questions answered at once, and waiting, together; below the 40 threads of the server's pool."""

Network = ipaddress.IPv4Network | ipaddress.IPv6Network

_HOST = r"(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]{2,45}\])"
_ORIGIN = re.compile(rf"(https?)://({_HOST})(?::([0-9]{{1,5}}))?")
_PREFIX = re.compile(r"(?:/[A-Za-z0-9_~-][A-Za-z0-9._~-]*){1,8}")
_HEADER = re.compile(r"[a-z][a-z0-9-]{0,63}")
_USUAL_PORT = {"http": "80", "https": "443"}
_OTHER_MEANING = frozenset(
    {"authorization", "connection", "content-length", "content-type", "cookie", "forwarded",
     "host", "origin", "referer", "transfer-encoding", "user-agent", "x-forwarded-for",
     "x-forwarded-host", "x-forwarded-port", "x-forwarded-prefix", "x-forwarded-proto",
     "x-forwarded-server", "x-real-ip", "x-request-id"}
)  # fmt: skip


def usual_at_once() -> int:
    """Return how many questions this machine answers at once: one a core, two at least."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return min(max(2, cores or 2), MOST_AT_ONCE // 2)


@dataclass(frozen=True)
class Policy:
    """What a server lets through; the default suits a page that only this machine can reach."""

    frame_ancestors: tuple[str, ...] = ("'self'",)
    embed_origins: tuple[str, ...] = ()
    """Other sites that may frame the page and call the API; as `read_origin` returns them."""
    proxies: frozenset[str] = frozenset()
    """Addresses and networks of proxies whose headers are believed."""
    identity_header: str = ""
    """The header in which they name the person; "" if they do not."""
    tokens: Path | None = None
    """The file of API tokens; it need not exist."""
    hosts: frozenset[str] = frozenset()
    """Names that people may call the server by; empty means any."""
    root_path: str = ""
    """The path below which a proxy publishes the page, such as `/quoth`."""
    max_body_bytes: int = MAX_BODY
    questions_per_minute: int = 60
    """For each identity, token or address; 0 means no limit."""
    at_once: int = usual_at_once()
    """Questions answered at the same time; some more may wait."""
    recent: int = 256
    """Replies kept for when the same is asked again; 0 keeps none."""
    log_format: str = "off"
    """How requests are logged: `text`, `json` or `off`."""

    def csp(self) -> str:
        """Return the Content-Security-Policy: everything from here, nothing from elsewhere."""
        rules = (
            "default-src 'self'",
            "script-src 'self'",
            "style-src 'self' 'unsafe-inline'",  # Gradio sets styles on elements
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "frame-src 'self'",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
            f"frame-ancestors {' '.join((*self.frame_ancestors, *self.embed_origins))}",
        )
        return "; ".join(rules)

    def headers(self) -> dict[str, str]:
        """Return the headers every answer carries."""
        return {
            "Content-Security-Policy": self.csp(),
            "X-Content-Type-Options": "nosniff",
            "Referrer-Policy": "same-origin",
        }


def read_origin(text: str) -> str:
    """Return an origin as browsers write it: `https://Chat.example:443` → `https://chat.example`.

    Raises:
        ValueError: it has a path, a wildcard, another scheme, or is no origin at all.
    """
    match = _ORIGIN.fullmatch(text.strip().lower())
    if match is None or int(match[3] or 1) not in range(1, 65_536) or ".." in match[2]:
        raise ValueError(
            f"{text!r} is no origin; write scheme://host or scheme://host:port, without a path or *"
        )
    scheme, host, port = match.groups()
    usual = port is None or port == _USUAL_PORT[scheme]
    return f"{scheme}://{host}" if usual else f"{scheme}://{host}:{int(port)}"


def read_network(text: str) -> Network:
    """Return the network of a proxy's address, or of several: `10.1.0.0/16`; IPv6 as well.

    An IPv4-mapped one (`::ffff:10.0.0.5`) is the IPv4 one: one machine must not have two names.

    Raises:
        ValueError: it is neither, or it is everybody.
    """
    try:
        network = ipaddress.ip_network(text.strip())
    except ValueError as error:
        raise ValueError(f"{text!r} is no address or network ({error})") from error
    if isinstance(network, ipaddress.IPv6Network) and network.network_address.ipv4_mapped:
        short = max(network.prefixlen - 96, 0)
        network = ipaddress.ip_network(f"{network.network_address.ipv4_mapped}/{short}")
    if network.prefixlen == 0:
        raise ValueError(f"{text!r} is everybody; name the proxies, or their network")
    return network


def read_prefix(text: str) -> str:
    """Return the path of a published page: `/quoth/` → `/quoth`, `/` and "" → "".

    Raises:
        ValueError: it is no plain path.
    """
    path = text.strip().rstrip("/")
    if text.strip() not in ("", "/") and not _PREFIX.fullmatch(path):
        raise ValueError(f"{text!r} is no path of letters, digits and slashes, as /quoth is")
    return path


def read_header(text: str) -> str:
    """Return the name of an identity header in lower case.

    Raises:
        ValueError: no header is named so, or it already has another meaning.
    """
    name = text.strip().lower()
    if name in _OTHER_MEANING or name.startswith("x-gradio-") or not _HEADER.fullmatch(name):
        raise ValueError(f"{text!r} cannot carry an identity; name a header such as X-Remote-User")
    return name
