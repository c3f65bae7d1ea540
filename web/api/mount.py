"""Put the routes for programs into the application: REST, OpenAI's form, figures, description."""

from __future__ import annotations

from fastapi import APIRouter, FastAPI
from fastapi.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from index.feedback import Feedback
from web.api.docs import description, docs_page
from web.api.errors import NoRoute, add_error_handlers
from web.api.openai_routes import openai_routes
from web.api.routes import api_routes
from web.metrics import CONTENT_TYPE, Metrics
from web.turns import Serves


def add_api(
    app: FastAPI, archive: Serves, metrics: Metrics, feedback: Feedback | None = None
) -> None:
    """Add all of them, votes only with a place to keep them.

    What is under their prefixes and is no route is answered 404 or 405.
    """
    add_error_handlers(app)
    routers = [api_routes(archive, feedback), openai_routes(archive)]
    described = description([route for router in routers for route in router.routes])
    about = _about(described, metrics)
    for router in (*routers, about):
        app.include_router(router)
    ours = [route for router in (*routers, about) for route in router.routes]

    for path in ("/api", "/api/{rest:path}", "/v1", "/v1/{rest:path}", "/metrics"):
        app.router.routes.append(Route(path, NoRoute(ours), include_in_schema=False))


def _about(described: dict[str, object], metrics: Metrics) -> APIRouter:
    router = APIRouter(include_in_schema=False)

    @router.get("/api/openapi.json")
    def openapi() -> JSONResponse:
        return JSONResponse(described)

    @router.get("/api/docs", response_class=HTMLResponse)
    def docs() -> HTMLResponse:
        return HTMLResponse(docs_page(described))

    @router.get("/metrics")
    def figures() -> Response:
        return Response(metrics.text(), media_type=CONTENT_TYPE)

    return router
