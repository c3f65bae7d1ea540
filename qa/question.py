"""What may be asked: a question is tidied and checked before any work is done on it."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from corpus.errors import QuestionError

MOST_CHARACTERS = 2_000
_BLANKS = re.compile(r"\s+")


def checked_question(question: str) -> str:
    """Return the question with blanks collapsed and control characters gone.

    Raises:
        QuestionError: it is empty, longer than `MOST_CHARACTERS`, or holds no word.

    >>> checked_question("  Who   runs\\tthe ferry? ")
    'Who runs the ferry?'
    """
    if len(question) > MOST_CHARACTERS:
        raise QuestionError(
            f"the question has {len(question):,} characters, {MOST_CHARACTERS:,} at most; "
            "ask it in a sentence or two"
        )
    kept = "".join(c if not _is_control(c) else " " for c in question)
    tidy = _BLANKS.sub(" ", unicodedata.normalize("NFC", kept)).strip()
    if not tidy:
        raise QuestionError("the question is empty; type what you would like to know")
    if not any(character.isalnum() for character in tidy):
        raise QuestionError(f"the question {tidy[:40]!r} has no words; ask in plain words")
    return tidy


def checked_history(history: Sequence[str]) -> Sequence[str]:
    """Return the questions asked before, if each is short enough to have been one.

    Raises:
        QuestionError: one is longer than `MOST_CHARACTERS`.
    """
    longest = max(map(len, history), default=0)
    if longest > MOST_CHARACTERS:
        raise QuestionError(
            f"a question asked before has {longest:,} characters, {MOST_CHARACTERS:,} at most; "
            "leave it away, or shorten it"
        )
    return history


def _is_control(character: str) -> bool:
    """Tell whether a character is a control, format or surrogate code; joiners stay."""
    return unicodedata.category(character) in {"Cc", "Cs", "Co"}
