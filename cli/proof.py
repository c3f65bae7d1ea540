"""`quoth proof` and `quoth check-proof`: quotations to take along, and their proof."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from pathlib import Path
from typing import Any

from cli import VERSION
from cli.outputs import check_outputs
from cli.store import store_of
from cli.style import Style
from corpus.errors import ProofError

NOT_PROVEN = 12
_WORDS = {
    "holds": "the stored article says so, word for word",
    "changed": "the article has changed since",
    "gone": "the article is not stored any more",
    "forged": "the stored text does not say so there",
}


def run_proof(options: Namespace) -> int:
    """Turn a reply's JSON into an evidence card on standard output, and a page if asked for."""
    from qa.proof import card_of
    from qa.proof_html import card_page

    read = None if str(options.file) == "-" else options.file
    check_outputs(options, {"--html": options.html}, [read])
    card = card_of(_read(options.file), VERSION)
    if options.html:
        options.html.write_text(card_page(card), encoding="utf-8")
        print(f"page: {options.html}", file=sys.stderr)
    print(json.dumps(card, ensure_ascii=False, indent=1))
    return 0


def run_check(options: Namespace) -> int:
    """Say of each quotation of a card whether it holds; 0 only if all of them do."""
    from qa.proof import check_card

    card = _read(options.file)
    library = store_of(options)
    try:
        with library.snapshot() as snapshot:
            verdicts = check_card(card, snapshot.article)
    finally:
        library.close()
    style = Style()
    for verdict in verdicts:
        more = ", but still has these words" if verdict.still_says else ""
        line = f"{verdict.status:8}{verdict.article}: {_WORDS[verdict.status]}{more}"
        quote = " ".join(verdict.quote.split())
        print(line + style.dim(f"  “{quote[:60]}{'…' if len(quote) > 60 else ''}”"))
    if not verdicts:
        print("the card holds no quotation", file=sys.stderr)
    return 0 if all(verdict.status == "holds" for verdict in verdicts) else NOT_PROVEN


def _read(file: Path) -> Any:
    """Read JSON from a file, or from standard input when it is `-`."""
    from qa.foreign_json import NotUsable, parsed

    name = "standard input" if str(file) == "-" else str(file)
    try:
        data = sys.stdin.buffer.read() if str(file) == "-" else file.read_bytes()
        return parsed(data.decode("utf-8-sig"))
    except OSError as error:
        raise ProofError(f"{name} cannot be read ({error.strerror}); name a JSON file") from error
    except UnicodeDecodeError as error:
        raise ProofError(
            f"{name} is not UTF-8 at byte {error.start}; name what --json has printed"
        ) from error
    except NotUsable as error:
        raise ProofError(f"{name}: {error}; name what --json has printed") from error
