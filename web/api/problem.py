"""Errors for programs: problem details as RFC 9457 has them, one shape for every route."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextvars import ContextVar
from http import HTTPStatus
from typing import Any

from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field

MEDIA_TYPE = "application/problem+json"

REQUEST_ID: ContextVar[str] = ContextVar("request_id", default="")
"""The number of the request under way; the guard gives it."""


class FieldProblem(BaseModel):
    """What is wrong with one field of a request."""

    where: str = Field(description="Where it stands, such as `body.k`.", examples=["body.k"])
    what: str = Field(description="What is wrong with it.")


class Problem(BaseModel):
    """Problem details (RFC 9457)."""

    type: str = Field("about:blank", description="Always `about:blank`: the status says the kind.")
    title: str = Field(description="The status in words.", examples=["Unprocessable Content"])
    status: int = Field(description="The HTTP status.", examples=[422])
    detail: str = Field(description="What was wrong, and what to do next.")
    errors: list[FieldProblem] | None = Field(None, description="Field by field, if several are.")
    request_id: str | None = Field(
        None, description="The number of the request: `X-Request-ID`, and in the server's log."
    )


def problem(
    status: int,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> JSONResponse:
    """Return an answer that says what was wrong."""
    content: dict[str, Any] = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
    }
    if errors:
        content["errors"] = list(errors)
    if number := REQUEST_ID.get():
        content["request_id"] = number
    return JSONResponse(content, status, headers=dict(headers or {}), media_type=MEDIA_TYPE)


def field_problems(errors: Sequence[Mapping[str, Any]]) -> list[dict[str, str]]:
    """Return what pydantic found wrong, without the values: they may be private."""
    return [
        {"where": ".".join(str(part) for part in error["loc"]), "what": str(error["msg"])}
        for error in errors
    ]
