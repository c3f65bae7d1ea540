"""Put the page, the articles and the static files behind one server, and run it.

`build_app` makes the ASGI application of an archive; `serve` runs it until it is told to stop,
which is `web.stop`'s part. Gradio is imported inside `build_app`, after the settings that keep it
from calling home.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from corpus.errors import QuothError, ServeError
from web.api.errors import is_for_programs, trouble_of
from web.api.mount import add_api
from web.evidence_page import evidence_response
from web.guard import Guard, Policy
from web.metrics import Measured, Metrics
from web.source import article_html, missing_html, notice_page
from web.stop import StoppingServer, Turnstile
from web.turns import Serves
from web.words import ENGLISH, Words

STATIC = Path(__file__).parent / "static"

OFFLINE = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_RUN_HISTORY": "False",
    "DO_NOT_TRACK": "1",
}
"""What keeps Gradio and its hub client from reaching out; read once, when they are imported."""


def build_app(archive: Serves, *, words: Words = ENGLISH, policy: Policy | None = None) -> FastAPI:
    """Return the application that serves an archive: page, articles, static files, health."""
    os.environ.update(OFFLINE)
    policy = policy or Policy()
    app = FastAPI(title=words.name, docs_url=None, redoc_url=None, openapi_url=None)
    metrics = Metrics(archive.size)
    archive = Measured(archive, metrics)
    add_api(app, archive, metrics)
    _add_routes(app, archive, words)
    # Its presence, even with an empty list, keeps Gradio from reflecting any origin.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(Guard, policy=policy)

    @app.exception_handler(Exception)
    async def trouble(request: Request, error: Exception) -> Response:
        # This handler stands outside the guard, so it sets the headers itself.
        if is_for_programs(request.url.path):
            answer = trouble_of(request.url.path, error)
            answer.headers.update(policy.headers())
            return answer
        return JSONResponse({"detail": words.trouble}, 500, headers=policy.headers())

    @app.exception_handler(QuothError)
    async def explained(request: Request, error: QuothError) -> Response:
        if is_for_programs(request.url.path):
            return trouble_of(request.url.path, error)
        return HTMLResponse(notice_page(words.trouble, str(error), "", words), 503)

    return _with_page(app, archive, words)


def serve(
    archive: Serves,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    root_path: str = "",
    words: Words = ENGLISH,
    policy: Policy | None = None,
    stop_seconds: float = 10,
) -> None:
    """Serve an archive until Ctrl-C or SIGTERM; answers under way then get `stop_seconds`.

    Whoever stopped it is told by the signal's own handler, or by `KeyboardInterrupt`, in the end.

    Raises:
        ServeError: the address cannot be had.
    """
    check_address(host, port)
    policy = policy or Policy()
    turnstile = Turnstile(build_app(archive, words=words, policy=policy), policy.headers())
    config = uvicorn.Config(
        turnstile,
        host=host,
        port=port,
        root_path=root_path,
        log_level="warning",
        access_log=False,  # questions may stand in addresses; they are private
        proxy_headers=False,  # the guard decides whom to believe
        server_header=False,
        limit_concurrency=512,
    )
    logging.getLogger("uvicorn.error").addFilter(_without_cut_streams)
    StoppingServer(config, turnstile, stop_seconds).run()


def _without_cut_streams(record: logging.LogRecord) -> bool:
    """Keep what is worth reading: a stream cut off by Ctrl-C is no error, and has no trace."""
    cut = record.exc_info and isinstance(record.exc_info[1], asyncio.CancelledError)
    return not cut and "timeout graceful shutdown" not in record.getMessage()


def check_address(host: str, port: int) -> None:
    """Raise `ServeError` if nothing can listen there; one line, with the next step.

    Asked before Gradio is imported, so that the refusal comes at once.
    """
    try:
        family = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0][0]
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        other = port + 1 if 0 < port < 65_535 else 7860
        raise ServeError(
            f"Cannot listen on {host} port {port}: {reason}. "
            f"Stop what uses it, or type: quoth serve --port {other}"
        ) from error


def _add_routes(app: FastAPI, archive: Serves, words: Words) -> None:
    app.mount("/q-static", StaticFiles(directory=STATIC), name="q-static")

    @app.get("/embed.js")
    def embed() -> FileResponse:
        # The address pages are given: it stays the same when the static files move.
        headers = {
            "Cache-Control": "public, max-age=600",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return FileResponse(STATIC / "embed.js", media_type="text/javascript", headers=headers)

    @app.get("/healthz")
    def healthz() -> dict[str, bool]:
        return {"ok": True}

    @app.get("/source/{article_id}", response_class=HTMLResponse)
    def source(article_id: str, request: Request) -> HTMLResponse:
        article = archive.article(article_id)
        query = dict(request.query_params)
        if article is None:
            return HTMLResponse(missing_html(query, words), 404)
        return HTMLResponse(article_html(article, query, words))

    @app.get("/evidence/{article_id}")
    def evidence(article_id: str, request: Request) -> Response:
        article = archive.article(article_id)
        return evidence_response(article, request.query_params.multi_items(), words)


def _with_page(app: FastAPI, archive: Serves, words: Words) -> FastAPI:
    import gradio as gr

    from web.page import Page

    page = Page(archive, words)
    mounted: FastAPI = gr.mount_gradio_app(
        app,
        page.blocks(),
        path="/",
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        head=page.head(),
        footer_links=[],
        run_history=False,
        show_error=False,
        enable_monitoring=False,
        max_file_size="1kb",
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        favicon_path=str(STATIC / "favicon.png"),
    )
    return mounted
