"""A conversation as the messages of a chat: known replies, and those that are asked for again."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from web.render import question_html, skeleton_html
from web.turns import Turn
from web.voice import Voice

Message = dict[str, Any]


def message(role: str, html: str) -> Message:
    """Return a chat message; as a block, since a plain string would lose its leading blanks."""
    return {"role": role, "content": [{"type": "text", "text": html}]}


def questions(turns: Sequence[Turn]) -> tuple[str, ...]:
    """Return the questions of the turns."""
    return tuple(turn.question for turn in turns)


def known(turns: Sequence[Turn], voice: Voice) -> list[Message]:
    """Return the transcript with the replies that are remembered."""
    return _messages(turns, _replies(turns, voice), voice)


def told(
    turns: Sequence[Turn], voice: Voice, goes_on: Callable[[], bool]
) -> Iterator[list[Message]]:
    """Yield the transcript each time that one more of the unknown replies has come.

    Each turn is asked under the filters it had. It ends early once `goes_on` is false.
    """
    replies = _replies(turns, voice)
    for n in [n for n, reply in enumerate(replies) if reply is None]:
        if not goes_on():
            return
        question, filters = turns[n]
        replies[n] = voice.replies.again(question, questions(turns[:n]), filters)
        if goes_on():
            yield _messages(turns, replies, voice)


def _replies(turns: Sequence[Turn], voice: Voice) -> list[str | None]:
    """Return the remembered replies, None for each that is not."""
    return [
        voice.replies.known(turn.question, questions(turns[:n]), turn.filters)
        for n, turn in enumerate(turns)
    ]


def _messages(turns: Sequence[Turn], replies: Sequence[str | None], voice: Voice) -> list[Message]:
    """Return questions and replies; a reply that is not there yet as a skeleton."""
    out: list[Message] = []
    for turn, html in zip(turns, replies, strict=True):
        out.append(message("user", question_html(turn.question)))
        out.append(message("assistant", html or skeleton_html(voice.words)))
    return out
