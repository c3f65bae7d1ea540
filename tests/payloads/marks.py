"""The marks that stand for a payload's number, and the pieces most payloads are made of."""

from __future__ import annotations

from base64 import b64encode
from re import DOTALL, sub
from urllib.parse import quote

HOST = "elsewhere.test"
"""A host that nobody can have (RFC 2606); every address of a payload lies below it."""

JS, URL = "\ue000", "\ue001"
"""Where the script, and the address, of a payload are filled in."""

CODED, PLAIN = "\ue002", "\ue003"
"""What stands between these two is encoded as base64, after it was filled."""

IMAGE = f"<img src=x onerror={JS}>"
SCRIPT = f"<script>{JS}</script>"
BEACON = f"<img src={URL}>"


def filled(text: str, number: int) -> str:
    """Put a payload's number where its script and its address stand."""
    text = text.replace(JS, f"__ran({number})").replace(URL, f"//p{number}.{HOST}/{number}")
    coded = f"{CODED}(.*?){PLAIN}"
    return sub(coded, lambda found: b64encode(found[1].encode()).decode(), text, flags=DOTALL)


def references(text: str, form: str) -> str:
    """Write every character as a reference, e.g. `form="&#x{:x};"`; the marks stay."""
    return "".join(c if c in (JS, URL) else form.format(ord(c)) for c in text)


def percent(text: str) -> str:
    """Write every character as an address does, except the marks."""
    return "".join(c if c in (JS, URL) else quote(c, safe="") for c in text)
