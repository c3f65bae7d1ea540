"""Whether a model that is not on this machine can be had, asked once and shortly.

The libraries that download would ask for a minute, file by file, and tell of every attempt.
"""

from __future__ import annotations

import os
import re
import ssl
from urllib.error import HTTPError, URLError
from urllib.request import Request, urlopen

from corpus.errors import EncoderError

_PATIENCE_SECONDS = 5
_HUB = "https://huggingface.co"
_NAME = re.compile(r"\w[\w.-]*(/[\w.-]+)?")


def check_can_be_had(model: str) -> None:
    """Refuse a model that is neither here nor to be downloaded.

    Raises:
        EncoderError: its name is no model's, downloads are forbidden, or nobody answers.
    """
    why = _hindrance(model)
    if why:
        raise EncoderError(
            f"the encoder {model!r} is not on this machine, and {why}; give the folder of a "
            "sentence-transformers model, or leave --encoder away"
        )


def _hindrance(model: str) -> str:
    if not _NAME.fullmatch(model):
        return "there is no such folder"
    if os.environ.get("HF_HUB_OFFLINE", "").upper() in {"1", "ON", "YES", "TRUE"}:
        return "HF_HUB_OFFLINE forbids to download it"
    hub = os.environ.get("HF_ENDPOINT") or _HUB
    return "" if _answers(hub) else f"{hub} cannot be reached to download it"


def _answers(address: str) -> bool:
    """Tell whether anybody is there; whatever is answered, the libraries understand better."""
    try:
        head = Request(address, method="HEAD")  # noqa: S310 - the user's own variable
        with urlopen(head, timeout=_PATIENCE_SECONDS):  # noqa: S310
            return True
    except HTTPError:
        return True
    except URLError as error:
        return isinstance(error.reason, ssl.SSLError)  # they may know other certificates
    except (OSError, ValueError):
        return False
