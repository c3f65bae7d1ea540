"""`POST /api/feedback`: what somebody thinks of an extract, kept by `index.feedback`."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field

from corpus.article import Span
from corpus.errors import FeedbackError
from index.feedback import Feedback, Right, Vote, quoted
from web.api.models import MOST_HISTORY, Text
from web.api.problem import problem
from web.evidence import MOST_MARKS
from web.turns import Serves
from web.words import MOST_PICKED

_EXAMPLE: dict[str, Any] = {
    "vote": "5f0c1d2e3a4b", "verdict": "up", "question": "When does the night ferry leave?",
    "article": "night-ferry", "fingerprint": "a6168775420d66cd319bccf475fcbf7f",
    "spans": [[205, 212]],
}  # fmt: skip

Id = Annotated[str, Field(min_length=1, max_length=200)]
Place = Annotated[int, Field(ge=0, le=10**9, strict=True)]
Fingerprint = Annotated[
    str, Field(pattern="^[0-9a-f]{8,32}$", description="Of the article's text, or its beginning.")
]
VoteId = Annotated[
    str, Field(pattern="^[0-9a-f]{8,64}$", description="Made by the caller; given again, it stands "
               "for the same vote.")
]  # fmt: skip


class Picked(BaseModel):
    """Words of an article that would have been the right ones."""

    model_config = ConfigDict(extra="forbid")

    article: Id
    fingerprint: Fingerprint
    start: Place
    end: Place


class VoteIn(BaseModel):
    """What somebody thinks of one extract; `none` takes an earlier vote back."""

    model_config = ConfigDict(extra="forbid", json_schema_extra={"examples": [_EXAMPLE]})

    vote: VoteId
    verdict: Literal["up", "down", "none"]
    question: Text
    history: list[Text] = Field(
        [], max_length=MOST_HISTORY, description="Questions asked before it, oldest first."
    )
    article: Id
    fingerprint: Fingerprint
    spans: list[tuple[Place, Place]] = Field(
        min_length=1, max_length=MOST_MARKS, description="Of the lit words: `[start, end)`."
    )
    reason: str = Field("", max_length=1_000, description="In the voter's own words.")
    right: Picked | None = Field(None, description="What would have been right.")


class VoteOut(BaseModel):
    """The vote that was kept, or taken back."""

    vote: VoteId


def add_feedback(
    router: APIRouter, archive: Serves, feedback: Feedback, refused: dict[int | str, dict[str, Any]]
) -> None:
    """Add the route; `refused` describes what else it may answer."""

    @router.post("/feedback", response_model=VoteOut, responses=refused,
                 summary="Vote on an extract")  # fmt: skip
    def vote(given: VoteIn) -> JSONResponse:
        """Keep what somebody thinks of an extract, with the words it is about.

        `quoth feedback export` makes a test set of these. Who voted is not kept.
        """
        if given.verdict == "none":
            feedback.withdraw(given.vote)
            return JSONResponse({"vote": given.vote})
        try:
            kept = _vote(given, archive)
        except FeedbackError as error:
            return problem(422, str(error))
        feedback.put(kept)
        return JSONResponse({"vote": given.vote})


def _vote(given: VoteIn, archive: Serves) -> Vote:
    """Return the vote with the words it speaks of, from the stored articles."""
    spans = [Span(start, end) for start, end in given.spans]
    quotes = quoted(archive.article(given.article), given.fingerprint, spans)
    question = " ".join(given.question.split())
    if not question:
        raise FeedbackError("a vote needs the question it is about")
    return Vote(
        id=given.vote,
        question=question,
        article=given.article,
        quotes=quotes,
        verdict="up" if given.verdict == "up" else "down",
        history=tuple(given.history),
        reason=given.reason.strip(),
        right=_right(given.right, archive) if given.right else None,
    )


def _right(picked: Picked, archive: Serves) -> Right:
    span = Span(picked.start, picked.end)
    if span.end - span.start > MOST_PICKED:
        raise FeedbackError(f"the right words are at most {MOST_PICKED:,} characters; pick fewer")
    (words,) = quoted(archive.article(picked.article), picked.fingerprint, [span])
    return Right(picked.article, words)
