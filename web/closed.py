"""Routes that come with Gradio and that the page does not use: each is a door nobody watches."""

from __future__ import annotations

CLOSED = (
    "/gradio_api/upload",
    "/gradio_api/upload_progress",
    "/gradio_api/file",
    "/gradio_api/proxy",
    "/gradio_api/deep_link",
    "/gradio_api/process_recording",
    "/gradio_api/vibe",
    "/gradio_api/undo-vibe",
    "/gradio_api/runs",
    "/gradio_api/run-history",
    "/gradio_api/openapi.json",
    "/gradio_api/component_server",
    "/gradio_api/custom_component",
    "/gradio_api/dev",
    "/gradio_api/stream",
    # Three more ways to set off the page's events, past its queue and past the limits.
    "/gradio_api/api/",
    "/gradio_api/call/",
    "/gradio_api/run/",
    "/gradio_api/login_check",
    "/gradio_api/token",
    "/gradio_api/user",
    "/gradio_api/queue/status",
    "/gradio_api/startup-events",
    "/openapi.json",
    "/pwa_icon",
    "/monitoring",
    "/login",
    "/logout",
    "/file=",
    "/upload",
    "/proxy=",
)
"""Beginnings of paths that are answered 404."""


def plain(path: str) -> str:
    """Return a path without the slashes, dots and capitals it may be dressed in."""
    return "/" + "/".join(part for part in path.lower().split("/") if part not in ("", "."))


def is_closed(path: str) -> bool:
    """Tell whether a path is answered 404, whatever slashes or dots it is dressed in."""
    return (plain(path) + "/").startswith(CLOSED)
