"""The REST routes: ask, search, articles, health. What they return is `qa.as_json`'s form.

Who may call them, and how often, is decided in front of the whole application, not here.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query, Response
from fastapi.responses import JSONResponse

from corpus.errors import QuothError
from index.feedback import Feedback
from qa.answer import Abstention
from qa.as_json import extract_json, reply_json, whole_article_json
from web.api.feedback import add_feedback
from web.api.models import (
    MOST_LISTED,
    ArticleList,
    Asked,
    FoundOut,
    Health,
    ReplyOut,
    Sought,
    WholeArticle,
)
from web.api.problem import Problem, problem
from web.turns import Serves

_PROBLEM = {"model": Problem, "content": {"application/problem+json": {}}}
_REFUSED: dict[int | str, dict[str, Any]] = {
    400: {**_PROBLEM, "description": "The body is not JSON"},
    401: {**_PROBLEM, "description": "You have to be let in first: show a token"},
    403: {**_PROBLEM, "description": "By this name, or from that site, nobody is let in"},
    413: {**_PROBLEM, "description": "The request is too large"},
    422: {**_PROBLEM, "description": "It cannot be asked; `detail` says why"},
    429: {**_PROBLEM, "description": "Too many questions; see `Retry-After`"},
    503: {**_PROBLEM, "description": "The library cannot be used, or too many ask; try again"},
}
_MISSING: dict[int | str, dict[str, Any]] = {404: {**_PROBLEM, "description": "It is not there"}}


def api_routes(archive: Serves, feedback: Feedback | None) -> APIRouter:
    """Return the routes of an archive; with `feedback`, votes are taken and kept there."""
    router = APIRouter(prefix="/api", tags=["archive"])
    _add_questions(router, archive)
    _add_articles(router, archive)
    if feedback is not None:
        add_feedback(router, archive, feedback, _REFUSED)
    _add_health(router, archive)
    return router


def _add_questions(router: APIRouter, archive: Serves) -> None:
    @router.post("/ask", response_model=ReplyOut, response_model_exclude_unset=True,
                 responses=_REFUSED, summary="Ask a question")  # fmt: skip
    def ask(asked: Asked) -> JSONResponse:
        """Answer in the articles' own words, or say that the archive does not.

        The same JSON as `quoth ask --json`.
        """
        reply = archive.ask(
            asked.question,
            history=tuple(asked.history),
            k=asked.k,
            filters=asked.filters.read(),
        )
        return JSONResponse(reply_json(reply))

    @router.post("/search", response_model=FoundOut, responses=_REFUSED,
                 summary="Find passages")  # fmt: skip
    def search(sought: Sought) -> JSONResponse:
        """Return the best passages, best first, whether or not they answer the question."""
        reply = archive.search(
            sought.question,
            history=tuple(sought.history),
            k=sought.k,
            filters=sought.filters.read(),
        )
        extracts = reply.nearest if isinstance(reply, Abstention) else reply.extracts
        return JSONResponse({
            "question": reply.question,
            "understood_as": reply.understood_as,
            "filters": reply.filters.flat(),
            "results": [extract_json(extract) for extract in extracts],
        })  # fmt: skip


def _add_articles(router: APIRouter, archive: Serves) -> None:
    @router.get("/articles", response_model=ArticleList, responses=_REFUSED,
                summary="List the articles")  # fmt: skip
    def articles(
        offset: Annotated[int, Query(ge=0, le=10**9, description="Articles to pass over.")] = 0,
        limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="Articles, at most.")] = 100,
    ) -> JSONResponse:
        """List what the archive holds, sorted by title."""
        held = archive.articles()
        shown = [info._asdict() for info in held[offset : offset + limit]]
        return JSONResponse({"total": len(held), "offset": offset, "articles": shown})

    @router.get("/articles/{article_id}", response_model=WholeArticle,
                responses={**_MISSING, **_REFUSED}, summary="One article, whole")  # fmt: skip
    def article(
        article_id: Annotated[str, Path(max_length=200, description="From an extract or a list.")],
    ) -> Response:
        """Return an article as it is stored: what every quotation is a slice of."""
        found = archive.article(article_id)
        if found is None:
            return problem(404, "no article has this id; list them with GET /api/articles")
        return JSONResponse(whole_article_json(found))


def _add_health(router: APIRouter, archive: Serves) -> None:
    @router.get("/health", response_model=Health, responses={503: {"model": Health}},
                summary="Live and ready?")  # fmt: skip
    def health() -> JSONResponse:
        """Say whether the server lives (it answers at all) and can answer questions (200)."""
        articles, passages = _held(archive.size)
        ready = articles >= 0
        content = {
            "live": True, "ready": ready, "articles": max(articles, 0), "passages": max(passages, 0)
        }  # fmt: skip
        return JSONResponse(content, 200 if ready else 503)


def _held(size: Callable[[], tuple[int, int]]) -> tuple[int, int]:
    """Return what the archive holds, or -1 where it cannot be read."""
    try:
        return size()
    except QuothError:
        return -1, -1
