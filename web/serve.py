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
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import uvicorn
from fastapi import FastAPI, Request
from fastapi.middleware.cors import CORSMiddleware
from fastapi.responses import FileResponse, HTMLResponse, Response
from fastapi.staticfiles import StaticFiles
from starlette.types import ASGIApp

from corpus.errors import QuothError, ServeError
from index.feedback import Feedback
from web import access_log
from web.access import is_loopback
from web.api.errors import is_for_programs, trouble_of
from web.api.mount import add_api
from web.collector import spare_what_is_loaded
from web.evidence_page import evidence_response
from web.first_script import FirstScript
from web.forwarded import path_of
from web.guard import Guard
from web.language import words_for
from web.limits import Admitted, Gate
from web.metrics import Measured, Metrics
from web.policy import Policy
from web.recent import Recent
from web.source import article_html, missing_html, notice_page
from web.stop import StoppingServer, Turnstile
from web.trouble import Unquoted
from web.turns import Serves
from web.wire import MAX_HEAD, patient_protocol, room_for_connections
from web.words import ENGLISH, Words

if TYPE_CHECKING:
    import gradio as gr

    from web.page import Page

STATIC = Path(__file__).parent / "static"

OFFLINE = {
    "GRADIO_ANALYTICS_ENABLED": "False",
    "HF_HUB_OFFLINE": "1",
    "HF_HUB_DISABLE_TELEMETRY": "1",
    "GRADIO_RUN_HISTORY": "False",
    "DO_NOT_TRACK": "1",
}
"""What keeps Gradio and its hub client from reaching out; read once, when they are imported."""


def build_app(
    archive: Serves,
    *,
    words: Words = ENGLISH,
    policy: Policy | None = None,
    feedback: Feedback | None = None,
) -> FastAPI:
    """Return the application that serves an archive: page, API, articles, static files, health.

    Everything it answers goes through the guard; the archive it asks stands behind a gate.
    """
    os.environ.update(OFFLINE)
    policy = policy or Policy()
    app = FastAPI(title=words.name, docs_url=None, redoc_url=None, openapi_url=None)
    gate, metrics = Gate(policy.at_once), Metrics(archive.size)
    archive = Measured(Recent(Admitted(archive, gate), policy.recent), metrics)
    add_api(app, archive, metrics, feedback)
    _add_routes(app, archive, words)
    # Its presence, even with an empty list, keeps Gradio from reflecting any origin.
    app.add_middleware(CORSMiddleware, allow_origins=[])
    app.add_middleware(FirstScript)
    page = _page_of(archive, words, votes=feedback is not None)
    blocks = page.blocks()
    idle = page.idle_events(blocks)
    app.add_middleware(Guard, policy=policy, words=words, gate=gate, idle_events=idle)

    @app.exception_handler(QuothError)
    async def explained(request: Request, error: QuothError) -> Response:
        path = path_of(request.scope)
        if is_for_programs(path):
            return trouble_of(path, error)
        said = words_for(request, words)
        return HTMLResponse(notice_page(said.trouble, str(error), "", said), 503)

    return _mounted(app, blocks, page.head())


def serve(
    archive: Serves,
    host: str = "127.0.0.1",
    port: int = 7860,
    *,
    words: Words = ENGLISH,
    policy: Policy | None = None,
    feedback: Feedback | None = None,
    stop_seconds: float = 10,
) -> None:
    """Serve an archive until Ctrl-C or SIGTERM; answers under way then get `stop_seconds`.

    Whoever stopped it is told by the signal's own handler, or by `KeyboardInterrupt`, in the end.

    Raises:
        ServeError: the address cannot be had.
    """
    check_address(host, port)
    policy = _known_names(host, policy or Policy())
    if policy.log_format != "off":
        access_log.to_stderr()
    turnstile = Turnstile(
        build_app(archive, words=words, policy=policy, feedback=feedback), policy.headers()
    )
    config = configured(turnstile, host, port)
    logging.getLogger("uvicorn.error").addFilter(_without_cut_streams)
    spare_what_is_loaded()
    StoppingServer(config, turnstile, stop_seconds).run()


def configured(app: ASGIApp, host: str, port: int) -> uvicorn.Config:
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
    except socket.gaierror as error:
        raise ServeError(
            f"Cannot listen on {host}: no address of that name is known ({error.strerror}). "
            "To listen on this machine only, type: quoth serve --host 127.0.0.1"
        ) from error
    except (OSError, OverflowError) as error:
        reason = getattr(error, "strerror", None) or str(error)
        other = port + 1 if 0 < port < 65_535 else 7860
        raise ServeError(
            f"Cannot listen on {host} port {port}: {reason}. "
            f"Stop what uses it, or type: quoth serve --port {other}"
        ) from error


_READ = ["GET", "HEAD"]
"""A check of health may ask without wanting to read."""


def _add_routes(app: FastAPI, archive: Serves, words: Words) -> None:
    app.mount("/q-static", StaticFiles(directory=STATIC), name="q-static")

    @app.api_route("/embed.js", methods=_READ)
    def embed() -> FileResponse:
        # The address pages are given: it stays the same when the static files move.
        headers = {
            "Cache-Control": "public, max-age=600",
            "Cross-Origin-Resource-Policy": "cross-origin",
        }
        return FileResponse(STATIC / "embed.js", media_type="text/javascript", headers=headers)

    @app.api_route("/healthz", methods=_READ)
    def healthz() -> dict[str, bool]:
        return {"ok": True}

    @app.api_route("/source/{article_id}", methods=_READ, response_class=HTMLResponse)
    def source(article_id: str, request: Request) -> HTMLResponse:
        article = archive.article(article_id)
        query, said = dict(request.query_params), words_for(request, words)
        if article is None:
            return HTMLResponse(missing_html(query, said), 404)
        return HTMLResponse(article_html(article, query, said))

    @app.api_route("/evidence/{article_id}", methods=_READ)
    def evidence(article_id: str, request: Request) -> Response:
        article = archive.article(article_id)
        said = words_for(request, words)
        return evidence_response(article, request.query_params.multi_items(), said)


def _page_of(archive: Serves, words: Words, *, votes: bool) -> Page:
    from gradio import queueing, route_utils, routes

    from web.page import Page

    for module in (queueing, routes, route_utils):
        quiet = Unquoted(logging.getLogger(__name__), "an event of the page failed")
        setattr(module, "traceback", quiet)  # noqa: B010 - the stubs know no such attribute
    return Page(archive, words, votes=votes)


def _mounted(app: FastAPI, blocks: gr.Blocks, head: str) -> FastAPI:
    import gradio as gr

    mounted: FastAPI = gr.mount_gradio_app(
        app,
        blocks,
        path="/",
        theme=gr.themes.Base(font=["system-ui", "sans-serif"], font_mono=["monospace"]),
        head=head,
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
