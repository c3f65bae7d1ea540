"""What goes wrong in a route for programs, said as problem details; pages have their own form."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute, Match
from starlette.types import Receive, Scope, Send

from corpus.errors import FilterError, QuestionError, QuothError, ServerBusy
from web.api.openai_form import openai_error
from web.api.problem import field_problems, problem
from web.forwarded import path_of
from web.limits import RETRY_SECONDS

PROGRAMS = ("/api/", "/v1/", "/metrics")
"""Beginnings of the paths that programs call, and that answer errors in JSON."""

_MENDED_SECONDS = 10
"""What is asked to wait while the library cannot be used."""


def is_for_programs(path: str) -> bool:
    """Tell whether a path is one that programs call."""
    return path.startswith(PROGRAMS)


def say(
    path: str,
    status: int,
    detail: str,
    errors: Sequence[Mapping[str, str]] = (),
    headers: Mapping[str, str] | None = None,
) -> Response:
    """Return an error in the form that callers of this path understand."""
    if path.startswith("/v1/"):
        return openai_error(status, detail, headers)
    return problem(status, detail, errors, headers)


def trouble_of(path: str, error: QuothError) -> Response:
    """Return what a program is told of an error that came out of a route."""
    if isinstance(error, QuestionError | FilterError):
        return say(path, 422, str(error))
    wait = RETRY_SECONDS if isinstance(error, ServerBusy) else _MENDED_SECONDS
    return say(path, 503, str(error), headers={"Retry-After": str(wait)})


def add_error_handlers(app: FastAPI) -> None:
    """Say what is wrong with a request of a program, or with its path."""

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        found = field_problems(error.errors())
        if any(item["type"] == "json_invalid" for item in error.errors()):
            return say(path_of(request.scope), 400, "the body is not JSON; send a JSON object")
        if any(item["loc"] == ("body",) and item["input"] is not None for item in error.errors()):
            found = [{"where": "body", "what": "send a JSON object, as application/json"}]
        first = f"{found[0]['where']}: {found[0]['what']}" if found else "the request is not valid"
        return say(path_of(request.scope), 422, first, errors=found)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        # FastAPI says 400 of a body that cannot be decoded, and no more.
        unread = error.status_code == 400 and request.method == "POST"
        detail = "the body is not JSON in UTF-8; send a JSON object" if unread else error.detail
        return say(path_of(request.scope), error.status_code, str(detail), headers=error.headers)


class NoRoute:
    """Answers a path that no route serves, or not with this method, whatever the method is."""

    def __init__(self, routes: Sequence[BaseRoute]) -> None:
        self._routes = routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer 405 with the methods that there are, else 404."""
        path, allowed = path_of(scope), set[str]()
        for route in self._routes:
            if route.matches(scope)[0] is Match.PARTIAL:
                allowed |= getattr(route, "methods", None) or set()
        verbs = ", ".join(sorted(allowed))
        if verbs:
            answer = say(path, 405, f"use {verbs} here", headers={"Allow": verbs})
        else:
            answer = say(path, 404, "there is nothing here; see GET /api/docs")
        await answer(scope, receive, send)
