"""An evidence card as one self-contained page: no script, no request, every word escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import Any

from corpus.address import safe_url

_STYLE = """
body{font:1.05rem/1.6 Georgia,serif;max-width:42rem;margin:2rem auto;padding:0 1rem;color:#1c1917;
background:#faf9f6}h1{font-size:1.4rem}figure{margin:0 0 1.5rem;padding:1rem 1.2rem;background:#fff;
border:1px solid #e5e2da;border-radius:.6rem}
blockquote{margin:0;white-space:pre-line}mark{background:#ffe08a}
blockquote,figcaption{overflow-wrap:anywhere}
figcaption,footer{font:.85rem/1.5 system-ui,sans-serif;color:#57534e;margin-top:.8rem}
a{color:inherit}
nav{font:.95rem/1.6 system-ui,sans-serif}nav a{margin-right:1.2rem}
@media print{nav{display:none}}code{font-size:.8rem;overflow-wrap:anywhere}
@media(prefers-color-scheme:dark){body{background:#161412;color:#eee}figure{background:#201d1a;
border-color:#3a352f}mark{background:#6b5310;color:#fff}figcaption,footer{color:#b5aea4}}
"""


def card_page(card: Mapping[str, Any], nav: str = "") -> str:
    """Return the card as an HTML page; `card` is what `qa.proof.card_of` gives.

    `nav` is HTML to stand under it on a screen, ready escaped; it is not printed.
    """
    figures = "".join(_figure(item) for item in card["quotations"])
    question = escape(card["question"])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        '<meta http-equiv="Content-Security-Policy" content="default-src \'none\'; '
        "style-src 'unsafe-inline'\">"
        f"<title>{question}</title><style>{_STYLE}</style></head><body><main><h1>{question}</h1>"
        f"{figures or '<p>There is nothing to quote.</p>'}</main>{nav}"
        f"<footer>Evidence card made by Quoth {escape(card['quoth'])}. "
        "Offsets count characters of the stored text; compare with "
        "<code>quoth check-proof</code>.</footer></body></html>\n"
    )


def _figure(item: Mapping[str, Any]) -> str:
    article = item["article"]
    about = " · ".join(escape(str(article[k])) for k in ("author", "published") if article[k])
    return (
        f'<figure><blockquote dir="auto">{escape(item["before"])}<mark>{escape(item["quote"])}'
        f"</mark>{escape(item['after'])}</blockquote><figcaption><b>{escape(article['title'])}</b>"
        f"{' · ' if about else ''}{about}<br>{_source(str(article['source']))}<br>"
        f"{_captured(article)}<code>{escape(article['id'])} [{item['start']}, {item['end']}) "
        f"{escape(article['fingerprint'])}</code></figcaption></figure>"
    )


def _captured(article: Mapping[str, Any]) -> str:
    """Say when the text was taken into the library, if that is known."""
    time = article.get("captured")
    return f"captured {escape(str(time))}<br>" if time else ""


def _source(address: str) -> str:
    """Link an address that may be linked to; anything else stays text."""
    url, shown = safe_url(address), escape(address)
    if url is None:
        return shown
    return f'<a href="{escape(url)}" rel="noopener noreferrer nofollow">{shown}</a>'
