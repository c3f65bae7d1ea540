"""Votes on extracts, kept beside the library: what a test set of one's own can be made from.

A vote quotes: it names the article and the offsets it speaks of, and keeps the words themselves,
taken from the stored article at that moment. So it still says what was meant when the article has
changed or is gone. Votes lie in a SQLite file of their own: they are people's words, not derived
from the articles and no part of them. Who voted is not kept.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from corpus.article import Article, Span
from corpus.errors import FeedbackError
from index.home import FEEDBACK
from index.schema import roll_back

MOST_VOTES = 100_000
"""More are not taken: whoever has as many has a test set, or a visitor who plays."""

Verdict = Literal["up", "down"]

_SCHEMA = """
CREATE TABLE IF NOT EXISTS votes (
    id TEXT PRIMARY KEY, time TEXT NOT NULL DEFAULT (strftime('%Y-%m-%dT%H:%M:%SZ', 'now')),
    question TEXT NOT NULL, history TEXT NOT NULL, article TEXT NOT NULL, quotes TEXT NOT NULL,
    verdict TEXT NOT NULL CHECK (verdict IN ('up', 'down')), reason TEXT NOT NULL,
    right_article TEXT, right_quote TEXT
) STRICT
"""
_COLUMNS = (
    "id, time, question, history, article, quotes, verdict, reason, right_article, right_quote"
)


@dataclass(frozen=True)
class Right:
    """The words that would have been right, as somebody picked them in an article."""

    article: str
    quote: str


@dataclass(frozen=True)
class Vote:
    """What somebody thought of one extract.

    `quotes` are the words that were lit in it, in their order; `history` the questions asked before
    this one, oldest first, if it was understood as a follow-up.
    """

    id: str
    question: str
    article: str
    quotes: tuple[str, ...]
    verdict: Verdict
    history: tuple[str, ...] = ()
    reason: str = ""
    right: Right | None = None
    time: str = ""
    """When it was first given (UTC, ISO 8601); set by `Feedback.put`."""


def quoted(article: Article | None, fingerprint: str, spans: Sequence[Span]) -> tuple[str, ...]:
    """Return the words that spans name in an article, for a vote.

    `fingerprint` is that of the text the spans were seen in, or its first characters, 8 at least.

    Raises:
        FeedbackError: the article is gone or has changed since, or a span is no slice of it.
    """
    if article is None:
        raise FeedbackError("the article is no longer in the archive; ask again, then vote")
    if len(fingerprint) < 8 or not article.fingerprint.startswith(fingerprint):
        raise FeedbackError("the article has changed since it was shown; ask again, then vote")
    for span in spans:
        if not 0 <= span.start < span.end <= len(article.text):
            raise FeedbackError(
                f"[{span.start}, {span.end}) is no slice of the article, which has "
                f"{len(article.text)} characters"
            )
    return tuple(span.of(article.text) for span in spans)


class Feedback:
    """The votes of one library; each call opens the file anew, so any thread may ask."""

    def __init__(self, library: Path) -> None:
        self.path = library / FEEDBACK

    def put(self, vote: Vote) -> None:
        """Keep a vote; one with the same id is replaced, and keeps its time.

        Raises:
            FeedbackError: there are too many, or the file cannot be written.
        """
        row = (
            vote.id, vote.question, json.dumps(vote.history, ensure_ascii=False), vote.article,
            json.dumps(vote.quotes, ensure_ascii=False), vote.verdict, vote.reason,
            vote.right and vote.right.article, vote.right and vote.right.quote,
        )  # fmt: skip
        names = _COLUMNS.replace("time, ", "")
        changes = ", ".join(f"{name} = excluded.{name}" for name in names.split(", ")[1:])
        with self._opened(write=True) as connection:
            (held,) = connection.execute("SELECT count(*) FROM votes").fetchone()
            if held >= MOST_VOTES and not _known(connection, vote.id):
                raise FeedbackError(f"{self.path} is full: {held:,} votes; export and clear them")
            connection.execute(
                f"INSERT INTO votes ({names}) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) "
                f"ON CONFLICT (id) DO UPDATE SET {changes}",
                row,
            )

    def withdraw(self, vote: str) -> bool:
        """Forget a vote; tell whether there was one."""
        if not self.path.exists():
            return False
        with self._opened(write=True) as connection:
            return connection.execute("DELETE FROM votes WHERE id = ?", (vote,)).rowcount > 0

    def votes(self) -> list[Vote]:
        """Return all votes, the oldest first; none if nobody has voted.

        Raises:
            FeedbackError: the file cannot be read.
        """
        if not self.path.exists():
            return []
        with self._opened(write=False) as connection:
            rows = connection.execute(
                f"SELECT {_COLUMNS} FROM votes ORDER BY time, rowid"
            ).fetchall()
        return [_vote(row) for row in rows]

    def clear(self) -> int:
        """Forget all votes; return how many there were."""
        if not self.path.exists():
            return 0
        with self._opened(write=True) as connection:
            return connection.execute("DELETE FROM votes").rowcount

    @contextmanager
    def _opened(self, *, write: bool) -> Iterator[sqlite3.Connection]:
        """Open the file for one transaction, which counts when the block ends without an error."""
        mode = "rwc" if write else "ro"
        try:
            address = f"{self.path.absolute().as_uri()}?mode={mode}"
            with closing(sqlite3.connect(address, uri=True, timeout=5)) as connection, connection:
                if write:
                    connection.execute("PRAGMA synchronous = FULL")
                    connection.execute("PRAGMA secure_delete = ON")  # what is withdrawn is gone
                    connection.execute(_SCHEMA)
                else:
                    self._settled(connection)
                yield connection
        except sqlite3.Error as error:
            raise self._trouble(error) from error

    def _settled(self, connection: sqlite3.Connection) -> None:
        """Take back what a voter had begun whose process died: it may not be read before."""
        try:
            connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise
            roll_back(self.path)

    def _trouble(self, error: sqlite3.Error) -> FeedbackError:
        if getattr(error, "sqlite_errorcode", 0) == sqlite3.SQLITE_READONLY_ROLLBACK:
            return FeedbackError(
                f"{self.path} was left by a process that died while it changed it; no vote is "
                "lost: read it once as a user who may write it: quoth feedback export FILE"
            )
        return FeedbackError(
            f"{self.path} cannot be used ({error}); see that its folder may be written and has "
            "room, or move the file away: then votes begin anew"
        )


def _known(connection: sqlite3.Connection, vote: str) -> bool:
    return connection.execute("SELECT 1 FROM votes WHERE id = ?", (vote,)).fetchone() is not None


def _vote(row: Sequence[str]) -> Vote:
    name, time, question, history, article, quotes, verdict, reason, *right = row
    return Vote(
        name, question, article, tuple(json.loads(quotes)), "up" if verdict == "up" else "down",
        tuple(json.loads(history)), reason, Right(*right) if right[0] else None, time,
    )  # fmt: skip
