"""What the address of an evidence card answers: a page, a file, or why there is no card."""

from __future__ import annotations

from urllib.parse import urlencode

from fastapi.responses import HTMLResponse, JSONResponse, Response

from corpus.article import Article
from qa.proof_html import card_page
from web.evidence import Fields, evidence_card, is_changed, saved_as
from web.marks import escape
from web.source import missing_html, notice_page
from web.words import Words


def evidence_response(article: Article | None, fields: Fields, words: Words) -> Response:
    """Return the card of an extract: a page, or with `save=html` or `save=json` a file.

    404 when the article is gone, 409 when its text has changed since, 400 when the parameters name
    no quotation.
    """
    known = dict(fields)
    theme = known.get("theme", "")
    if article is None:
        return HTMLResponse(missing_html(known, words), 404)
    if is_changed(article, fields):
        changed = notice_page(words.evidence_changed, words.evidence_changed_more, theme, words)
        return HTMLResponse(changed, 409)
    card = evidence_card(article, fields)
    if card is None:
        none = notice_page(words.evidence_none, words.evidence_none_more, theme, words)
        return HTMLResponse(none, 400)
    if known.get("save") == "json":
        return JSONResponse(card, headers=dict(saved_as(article, "json")))
    if known.get("save") == "html":
        return HTMLResponse(card_page(card), headers=dict(saved_as(article, "html")))
    return HTMLResponse(card_page(card, _nav(fields, words)))


def _nav(fields: Fields, words: Words) -> str:
    """Return the links that save the card, and the command that proves it."""
    kept = [(name, value) for name, value in fields if name != "save"]
    links = "".join(
        f'<a href="?{escape(urlencode([*kept, ("save", kind)]))}">{escape(label)}</a>'
        for kind, label in (("html", words.evidence_page), ("json", words.evidence_json))
    )
    command = f"<code>{escape(words.evidence_command)}</code>"
    return f"<nav><p>{links}</p><p>{escape(words.evidence_check)} {command}</p></nav>"
