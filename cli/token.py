"""`quoth token new`, `list` and `revoke`: the tokens that programs show to the server."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from cli.store import check_library
from cli.style import Style
from index.home import TOKENS

_NEEDED = (
    "From now on a running quoth serve asks everybody for a token whom no proxy names, the chat "
    "page in a browser included."
)


def run_new(options: Namespace) -> int:
    """Make a token and print it, alone on standard output, this once."""
    from web.tokens import new_token

    text, token = new_token(options.library, options.name, options.days)
    print(text)
    until = f" It is refused from {token.expires} on." if token.expires else ""
    print(
        f"Keep it now: it is stored nowhere, and shown only here.{until} Programs send it as\n"
        f"  Authorization: Bearer {text[:10]}…\n"
        f"and may then read the whole archive. {_NEEDED}",
        file=sys.stderr,
    )
    return 0


def run_list(options: Namespace) -> int:
    """List the tokens, never anything of the tokens themselves."""
    from web.tokens import read_tokens

    path = options.library / TOKENS
    if not path.exists():
        check_library(options)
    tokens = read_tokens(path) if path.exists() else ()
    rows = [
        {"name": each.name, "created": each.created, "expires": each.expires,
         "expired": each.is_expired()}
        for each in tokens
    ]  # fmt: skip
    if options.json:
        print(json.dumps(rows, indent=1))
        return 0
    style = Style()
    width = max((len(each.name) for each in tokens), default=0)
    for each in tokens:
        end = f"until {each.expires}" if each.expires else "without end"
        end = f"expired {each.expires}" if each.is_expired() else end
        print(f"{each.name:<{width}}  {style.dim(f'made {each.created}, {end}')}")
    if not tokens:
        print("There are no tokens; make one with: quoth token new NAME", file=sys.stderr)
    return 0


def run_revoke(options: Namespace) -> int:
    """Take a token away; a running server refuses it from its next request on."""
    from web.tokens import revoke_token

    left = revoke_token(options.library, options.name)
    print(f"revoked {options.name}; it is refused from now on")
    if not left:
        print(
            "It was the last one, and nobody is let in by token now. To ask for none any more, "
            f"remove {options.library / TOKENS} and start quoth serve again.",
            file=sys.stderr,
        )
    return 0
