"""The description of the API: OpenAPI as JSON, and a page of it that loads nothing from outside."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi.openapi.utils import get_openapi
from starlette.routing import BaseRoute

from corpus import VERSION
from web.marks import escape

ABOUT = (
    "Ask an archive of articles; get the answer in the articles' own words. Every extract carries "
    "the article's id, the fingerprint of its text, and offsets in characters (code points): "
    "`GET /api/articles/{id}`, slice its `text`, and compare."
)
_STYLE = (
    "body{font:1rem/1.6 system-ui,sans-serif;max-width:52rem;margin:2rem auto;padding:0 1rem;"
    "color:#1c1917;background:#faf9f6}code,pre{font-family:ui-monospace,monospace;font-size:.9em}"
    "pre{background:#fff;border:1px solid #e5e2da;border-radius:.5rem;padding:.8rem;overflow:auto}"
    "h2{margin-top:2.2rem;font-size:1.15rem}td,th{text-align:left;padding:.2rem .8rem .2rem 0;"
    "vertical-align:top}@media(prefers-color-scheme:dark){body{background:#161412;color:#eee}"
    "pre{background:#201d1a;border-color:#3a352f}a{color:#9fc5ff}}"
)


def description(routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """Return the OpenAPI description of these routes."""
    return get_openapi(title="Quoth", version=VERSION, description=ABOUT, routes=routes)


def docs_page(described: Mapping[str, Any]) -> str:
    """Return the description as one page for people."""
    body = "".join(_routes(described))
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>Quoth: the API</title><style>{_STYLE}</style></head><body><main>"
        f"<h1>The API of Quoth {escape(str(described['info']['version']))}</h1>"
        f"<p>{escape(ABOUT)}</p>"
        '<p>The whole description: <a href="openapi.json">openapi.json</a>. Errors are problem '
        f"details (RFC 9457).</p>{body}</main></body></html>"
    )


def _routes(described: Mapping[str, Any]) -> Iterator[str]:
    for path, verbs in described["paths"].items():
        for verb, route in verbs.items():
            yield f"<h2><code>{escape(verb.upper())} {escape(path)}</code></h2>"
            yield f"<p>{escape(route.get('description') or route['summary'])}</p>"
            example = _example(described, route)
            if example is not None:
                yield f"<pre>{escape(_curl(path, example))}</pre>"
            rows = "".join(
                f"<tr><td>{escape(code)}</td><td>{escape(answer.get('description', ''))}</td></tr>"
                for code, answer in sorted(route["responses"].items())
            )
            yield f"<table><tr><th>Status</th><th>When</th></tr>{rows}</table>"


def _example(described: Mapping[str, Any], route: Mapping[str, Any]) -> Any:
    """Return the first example of a route's body, if it takes one."""
    try:
        reference = route["requestBody"]["content"]["application/json"]["schema"]["$ref"]
    except KeyError:
        return None
    schema = described["components"]["schemas"][reference.rsplit("/", 1)[-1]]
    return next(iter(schema.get("examples", ())), None)


def _curl(path: str, body: object) -> str:
    text = json.dumps(body, ensure_ascii=False)
    return (
        f"curl -H 'Content-Type: application/json' -d '{text}' \\\n     http://127.0.0.1:7860{path}"
    )
