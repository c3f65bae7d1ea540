"""What a server keeps beside the library: API tokens and votes. No name or word is told."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from cli.checkup.finding import Checked, tame
from corpus.errors import FeedbackError, TokenError
from index.home import FEEDBACK, TOKENS


def beside_checks(folder: Path) -> Iterator[Checked]:
    """Yield what is found of the tokens and the votes; nothing of a file that is not there."""
    if not os.access(folder, os.R_OK | os.X_OK):  # there is none, or it is told elsewhere
        return
    if (folder / TOKENS).exists():
        yield _tokens(folder / TOKENS)
    if (folder / FEEDBACK).exists():
        yield _votes(folder)


def _tokens(path: Path) -> Checked:
    from web.tokens import read_tokens

    try:
        tokens = read_tokens(path)
    except TokenError as error:
        what, _, cure = tame(error).partition("; ")
        return Checked("tokens", "problem", f"{what}: quoth serve does not start", cure)
    over = sum(token.is_expired() for token in tokens)
    return Checked("tokens", "fine", f"{len(tokens)} made" + (f", {over} expired" if over else ""))


def _votes(folder: Path) -> Checked:
    from index.feedback import Feedback

    try:
        votes = Feedback(folder).votes()
    except FeedbackError as error:
        what, _, cure = tame(error).partition("; ")
        return Checked("votes", "problem", f"{what}: no vote can be kept", cure)
    return Checked("votes", "fine", f"{len(votes):,} kept")
