"""`quoth feedback list`, `export` and `clear`: what visitors thought of the answers."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from dataclasses import asdict
from pathlib import Path

from cli.store import check_library, store_of
from cli.style import Style
from corpus.errors import FeedbackError
from index.durable import durable_write
from index.feedback import Feedback

_NONE = "Nobody has voted yet; votes are given on the chat page, under each extract"


def run_list(options: Namespace) -> int:
    """List the votes, the oldest first."""
    votes = Feedback(options.library).votes()
    if not votes:
        check_library(options)
    if options.json:
        print(json.dumps([asdict(vote) for vote in votes], ensure_ascii=False, indent=1))
        return 0
    style = Style()
    for vote in votes:
        sign = "+" if vote.verdict == "up" else "-"
        shown = " … ".join(" ".join(quote.split()) for quote in vote.quotes)
        print(f"{sign} {vote.question}  {style.dim(f'{vote.article}, {vote.time}')}")
        print(f"    “{shown[:100]}{'…' if len(shown) > 100 else ''}”")
        if vote.reason:
            print(f"    {style.dim('why:')} {' '.join(vote.reason.split())}")
        if vote.right:
            right = " ".join(vote.right.quote.split())
            print(f"    {style.dim(f'right, in {vote.right.article}:')} “{right[:100]}”")
    if not votes:
        print(_NONE, file=sys.stderr)
    return 0


def run_export(options: Namespace) -> int:
    """Write the test set that the votes make."""
    from qa.feedback_set import testset_of

    votes = Feedback(options.library).votes()
    library = store_of(options)
    try:
        with library.snapshot() as snapshot:
            made = testset_of(votes, snapshot.article)
    finally:
        library.close()
    text = "".join(f"{line}\n" for line in made.lines)
    if str(options.file) == "-":
        sys.stdout.write(text)
    else:
        _write(options.file, text)
    print(
        f"{len(made.lines)} questions from {len(votes)} votes; {made.without_gold} left out, since "
        f"nobody said what would be right; {made.outdated} quotes left out, since no article holds "
        "them any more",
        file=sys.stderr,
    )
    if not votes:
        print(_NONE, file=sys.stderr)
    return 0


def _write(file: Path, text: str) -> None:
    if file.suffix.lower() not in {".jsonl", ".ndjson"}:
        raise FeedbackError(f"{file}: quoth evaluate knows this form by its name; end it in .jsonl")
    try:
        durable_write(file, lambda out: out.write(text.encode()))
    except OSError as error:
        raise FeedbackError(
            f"{file} cannot be written ({error.strerror}); name a file in a folder that exists"
        ) from error


def run_clear(options: Namespace) -> int:
    """Forget all votes, once they are exported or not wanted."""
    feedback = Feedback(options.library)
    held = len(feedback.votes())
    if held and not options.yes:
        raise FeedbackError(
            f"{held} votes would be forgotten for good; to keep them, type first: quoth feedback "
            "list --json; to forget them: quoth feedback clear --yes"
        )
    print(f"{feedback.clear()} votes forgotten")
    return 0
