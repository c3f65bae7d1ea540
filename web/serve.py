"""Put the page, the articles and the static files behind one server, and run it.

`build_app` makes the ASGI application of an archive; `serve` runs it until Ctrl-C. Gradio is
imported inside `build_app`, after the settings that keep it from calling home.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
from dataclasses import replace
from pathlib import Path

import uvicorn
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi.staticfiles import StaticFiles

from corpus.errors import QuothError, ServeError, ServerBusy
from web import access_log
from web.access import is_loopback
from web.door import busy
from web.evidence_page import evidence_response
from web.forwarded import path_of
from web.guard import Guard
from web.limits import Admitted, Gate
from web.policy import Policy
from web.problems import refused
from web.source import article_html, missing_html, notice_page
from web.turns import Asks
from web.wire import MAX_HEAD, patient_protocol, room_for_connections
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


def build_app(archive: Asks, *, words: Words = ENGLISH, policy: Policy | None = None) -> FastAPI:
    """Return the application that serves an archive: page, articles, static files, health.

    Everything it answers goes through the guard; the archive it asks stands behind a gate.
    """
    os.environ.update(OFFLINE)
    policy = policy or Policy()
    gate = Gate(policy.at_once)
    archive = Admitted(archive, gate)
    app = FastAPI(title=words.name, docs_url=None, redoc_url=None, openapi_url=None)
    _add_routes(app, archive, words)
    # Its presence, even with an empty list, keeps Gradio from reflecting any origin.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(Guard, policy=policy, words=words, gate=gate)

    @app.exception_handler(Exception)
    async def trouble(_request: Request, _error: Exception) -> JSONResponse:
        # This handler stands outside the guard, so it sets the headers itself.
        return JSONResponse({"detail": words.trouble}, 500, headers=policy.headers())

    @app.exception_handler(ServerBusy)
    async def crowded(request: Request, _error: ServerBusy) -> Response:
        return refused(busy(words), request.scope, path_of(request.scope), words.language)

    @app.exception_handler(QuothError)
    async def explained(_request: Request, error: QuothError) -> HTMLResponse:
        return HTMLResponse(notice_page(words.trouble, str(error), "", words), 503)

    return _with_page(app, archive, words)


def serve(
    archive: Asks,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    root_path: str = "",
    words: Words = ENGLISH,
    policy: Policy | None = None,
) -> None:
    """Serve an archive until Ctrl-C; raise `ServeError` when the address cannot be had."""
    check_address(host, port)
    policy = _known_names(host, policy or Policy())
    if root_path:
        policy = replace(policy, root_path=root_path)
    if policy.log_format != "off":
        access_log.to_stderr()
    config = configured(build_app(archive, words=words, policy=policy), host, port)
    logging.getLogger("uvicorn.error").addFilter(_without_cut_streams)
    try:
        uvicorn.Server(config).run()
    except KeyboardInterrupt:
        logging.getLogger(__name__).info("stopped by Ctrl-C")


def configured(app: FastAPI, host: str, port: int) -> uvicorn.Config:
    """Return how uvicorn is to run: what it would decide by itself, the guard and wire decide."""
    return uvicorn.Config(
        app,
        host=host,
        port=port,
        http=patient_protocol(room_for_connections()),
        ws="none",
        h11_max_incomplete_event_size=MAX_HEAD,
        log_level="warning",
        access_log=False,  # questions may stand in addresses; they are private
        proxy_headers=False,  # the guard decides whom to believe
        server_header=False,
        timeout_graceful_shutdown=2,
    )


def _known_names(host: str, policy: Policy) -> Policy:
    """Answer to this machine's own names only, where only this machine can ask.

    Else a page of any site could have its name point here, and read the archive (DNS rebinding).
    """
    if policy.hosts or not is_loopback(host):
        return policy
    return replace(policy, hosts=frozenset({"localhost", "127.0.0.1", "::1", host.strip("[]")}))


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


def _add_routes(app: FastAPI, archive: Asks, words: Words) -> None:
    app.mount("/q-static", StaticFiles(directory=STATIC), name="q-static")

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


def _with_page(app: FastAPI, archive: Asks, words: Words) -> FastAPI:
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
