"""`POST /v1/chat/completions` and `GET /v1/models`, so that chat clients people have can ask.

The last message of the user is the question, those before it the conversation; what the client
calls system or assistant messages is not used. Whatever model is named, Quoth answers.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from secrets import token_hex
from typing import Any, Literal

from fastapi import APIRouter
from fastapi.responses import JSONResponse, Response, StreamingResponse
from pydantic import BaseModel, ConfigDict, Field, StrictBool

from qa.question import MOST_CHARACTERS
from web.api.models import MOST_HISTORY
from web.api.openai_form import MODEL, Message, message_of, openai_error
from web.turns import Asks, clean_question

_EXTRACTS = 3


class Part(BaseModel):
    """A part of a message; only those of type `text` are read."""

    type: str
    text: str = ""


class ChatMessage(BaseModel):
    """A message of the conversation."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: str | list[Part] | None = None


class ChatRequest(BaseModel):
    """A request as OpenAI's clients send it; what Quoth has no use for is accepted and ignored."""

    model_config = ConfigDict(
        extra="allow",
        json_schema_extra={"examples": [{
            "model": MODEL,
            "messages": [{"role": "user", "content": "When does the night ferry leave?"}],
        }]},
    )  # fmt: skip

    model: str = MODEL
    messages: list[ChatMessage] = Field(min_length=1, max_length=200)
    stream: StrictBool | None = False


class Place(BaseModel):
    """Which words of the stored article a quotation is."""

    article: str
    fingerprint: str
    start: int
    end: int


class Citation(BaseModel):
    """Which characters of the content a source stands for."""

    start_index: int
    end_index: int
    url: str
    title: str


class Annotation(BaseModel):
    """A source of the content, and the proof of it."""

    type: Literal["url_citation"]
    url_citation: Citation
    quoth: Place


class Said(BaseModel):
    """The message of the answer."""

    role: Literal["assistant"]
    content: str
    refusal: None
    annotations: list[Annotation]


class Choice(BaseModel):
    """The one choice there is."""

    index: Literal[0]
    message: Said
    finish_reason: Literal["stop"]
    logprobs: None


class Completion(BaseModel):
    """An answer in OpenAI's form; with `stream`, it comes as events instead."""

    id: str
    created: int
    model: str
    object: Literal["chat.completion"]
    choices: list[Choice]


class ErrorFacts(BaseModel):
    """What went wrong."""

    message: str
    type: str
    param: str | None
    code: str | None


class ErrorBody(BaseModel):
    """An error in OpenAI's form."""

    error: ErrorFacts


_ERRORS: dict[int | str, dict[str, Any]] = {
    status: {"model": ErrorBody, "description": what}
    for status, what in {
        400: "No question in it, or no JSON", 401: "You have to be let in first: show a token",
        413: "Too large", 422: "It cannot be asked", 429: "Too many questions",
        503: "The library cannot be used, or too many ask",
    }.items()
}  # fmt: skip


def openai_routes(archive: Asks) -> APIRouter:
    """Return the routes that speak OpenAI's form."""
    router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

    @router.post(
        "/chat/completions",
        summary="Answer a chat",
        response_model=Completion,
        responses={**_ERRORS, 200: {"content": {"text/event-stream": {}}}},
    )
    def completions(request: ChatRequest) -> Response:
        """Answer the last question in the articles' own words, with numbered sources."""
        asked = [question for message in request.messages if (question := _question(message))]
        if not asked:
            return openai_error(400, "there is no message of the user with text; ask something")
        question, before = asked[-1], [q for q in asked[:-1] if len(q) <= MOST_CHARACTERS]
        reply = archive.ask(question, history=tuple(before[-MOST_HISTORY:]), k=_EXTRACTS)
        message = message_of(reply)
        about = {"id": f"chatcmpl-{token_hex(12)}", "created": int(time.time()), "model": MODEL}
        if request.stream:
            return StreamingResponse(_stream(message, about), media_type="text/event-stream")
        return JSONResponse(_completion(message, about))

    @router.get("/models", summary="List the models")
    def models() -> dict[str, Any]:
        """List the one model there is: Quoth itself."""
        held = {"id": MODEL, "object": "model", "created": 0, "owned_by": "quoth"}
        return {"object": "list", "data": [held]}

    return router


def _question(message: ChatMessage) -> str:
    """Return the text of a user's message, "" for any other."""
    if message.role != "user" or message.content is None:
        return ""
    if isinstance(message.content, str):
        return clean_question(message.content)
    texts = [part.text for part in message.content if part.type == "text"]
    return clean_question("\n".join(texts))


def _completion(message: Message, about: dict[str, Any]) -> dict[str, Any]:
    said = {
        "role": "assistant",
        "content": message.text,
        "refusal": None,
        "annotations": list(message.annotations),
    }
    choice = {"index": 0, "message": said, "finish_reason": "stop", "logprobs": None}
    return {**about, "object": "chat.completion", "choices": [choice]}


def _stream(message: Message, about: dict[str, Any]) -> Iterator[str]:
    """Yield the events of a streamed answer: the role, the pieces, the end with annotations."""
    yield _event(about, {"role": "assistant", "content": ""})
    for piece in message.pieces:
        yield _event(about, {"content": piece})
    yield _event(about, {"annotations": list(message.annotations)}, "stop")
    yield "data: [DONE]\n\n"


def _event(about: dict[str, Any], delta: dict[str, Any], end: str | None = None) -> str:
    choice = {"index": 0, "delta": delta, "finish_reason": end, "logprobs": None}
    whole = {**about, "object": "chat.completion.chunk", "choices": [choice]}
    return f"data: {json.dumps(whole, ensure_ascii=False)}\n\n"
