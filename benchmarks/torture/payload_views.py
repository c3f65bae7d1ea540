"""Every view of the server that can show a payload: each is opened, and everything on it touched.

A view is a function of a `Watch`, the server's address and the `Shelf` behind it; what runs or
is called meanwhile, the watch counts. The widget and the files have modules of their own.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from urllib.parse import quote, urlencode

from benchmarks.torture.payload_library import Shelf, question_of, short_question_of
from benchmarks.torture.payload_watch import Watch
from corpus.address import safe_url
from qa.answer import Answer, Extract
from tests.browser_tools import ask
from tests.payloads import Payload
from web.evidence import evidence_path
from web.paths import source_path
from web.turns import MAX_QUESTION

View = Callable[[Watch, str, Shelf], None]

_TURN = "#q-chat .user-row:nth-last-child(2), #q-chat .bot-row:last-child, #q-panel"
_ANSWERED = "() => document.querySelector('#q-chat .q-reply') && !document.querySelector('.q-wait')"
_OFFERED = "() => document.querySelector('#q-chat .example')"
_SAVED = re.compile(r'attachment; filename="evidence-[a-z0-9-]+\.(html|json)"')
_JSON = re.compile(r"application/(problem\+)?json")
_FILTERED = 10


def chat(watch: Watch, address: str, shelf: Shelf) -> None:
    """Ask every payload, six in a conversation that begins with an example; read each article."""
    page = watch.page
    for first in range(0, len(shelf.payloads), 6):
        if first % 12 == 0:
            _opened(watch, address, _ANSWERED if first else _OFFERED)
        if first:
            page.click("#q-new")
            page.wait_for_selector("#q-chat .example")
            watch.touch(page, "#q-head, #q-chat", click=False)
        page.locator("#q-chat .example").first.click()
        page.wait_for_function(_ANSWERED)
        for payload in shelf.payloads[first : first + 6]:
            ask(page, question_of(payload))
            watch.touch(page, _TURN)
            if len(question_of(payload)) > MAX_QUESTION:
                ask(page, short_question_of(payload))
            _read(watch, payload)


def _opened(watch: Watch, address: str, ready: str) -> None:
    """Open the page, where the last conversation, if there was one, stands again."""
    watch.page.goto(address)
    watch.page.wait_for_function(ready)
    watch.touch(watch.page, click=False)


def _read(watch: Watch, payload: Payload) -> None:
    """Open the payload's own article beside the newest answer, which must show it."""
    page = watch.page
    links = f'#q-chat .bot-row:last-child a.q-open[href*="payload-{payload.number}?"]'
    if not page.locator(links).count():
        watch.missing(payload.number)
        return
    watch.counts["shown"] += 1
    page.evaluate("selector => document.querySelector(selector).click()", links)
    frame = page.frame(url=re.compile(f"/source/payload-{payload.number}[?]"))
    while frame is None:
        page.wait_for_event("framenavigated")
        frame = page.frame(url=re.compile(f"/source/payload-{payload.number}[?]"))
    frame.wait_for_load_state()
    watch.touch(frame)
    page.keyboard.press("Escape")


def articles(watch: Watch, address: str, shelf: Shelf) -> None:
    """Open every article's page, its evidence card, and the card as a saved file."""
    opened: list[str] = []
    for payload in shelf.payloads:
        paths = list(_paths(shelf, payload))
        opened += [address + path for path in paths]
        for path in paths:
            _saved(watch, address + path)
    watch.open_all(address + "healthz", opened)
    for payload in shelf.first_of_each():
        for path in _paths(shelf, payload):
            watch.open(address + path)


def _paths(shelf: Shelf, payload: Payload) -> Iterator[str]:
    """Yield the pages of a payload's two articles, as the chat links to them."""
    found = shelf.search(short_question_of(payload))
    extracts = found.extracts if isinstance(found, Answer) else found.nearest
    own = next(each for each in extracts if each.passage.article.id == f"payload-{payload.number}")
    for extract in (own, *(Extract(copy.passage, (), 0.0) for copy in own.also_in)):
        path = source_path(extract).removesuffix("#hl")
        yield f"{path}&theme={quote(payload.text[:200])}#hl"
        yield evidence_path(extract, payload.text)


def _saved(watch: Watch, address: str) -> None:
    """Fetch a card as a file: its header must hold a name and nothing else."""
    if "/evidence/" not in address:
        return
    for kind in ("html", "json"):
        answer = watch.context.request.get(f"{address}&save={kind}")
        if not _SAVED.fullmatch(answer.headers.get("content-disposition", "")):
            watch.wrong(f"a saved card's header: {answer.headers}")
        watch.counts["saved"] += 1


def errors(watch: Watch, address: str, shelf: Shelf) -> None:
    """Name payloads where articles, places, numbers and routes are named."""
    opened: list[str] = []
    for payload in shelf.payloads:
        text, own = quote(payload.text, safe=""), f"payload-{payload.number}"
        all_of = dict.fromkeys(("s", "e", "v", "m", "p", "q", "theme"), payload.text[:2_000])
        opened += [
            f"source/{text}", f"evidence/{text}", text, f"api/articles/{text[:190]}",
            f"source/{own}?{urlencode(all_of)}", f"evidence/{own}?{urlencode(all_of)}",
            f"api/articles?{urlencode({'limit': payload.text, 'offset': payload.text})}",
        ]  # fmt: skip
    watch.open_all(address + "healthz", [address + path for path in opened])
    for payload in shelf.first_of_each():
        watch.open(address + f"source/{quote(payload.text, safe='')}")


def replies(watch: Watch, address: str, shelf: Shelf) -> None:
    """Show the replies for programs as documents: asked, sought, refused, listed, whole."""
    bodies: dict[str, str] = {}
    for payload in shelf.payloads:
        question, number = question_of(payload)[:MAX_QUESTION], payload.number
        bodies[f"api/ask?{number}"] = json.dumps({"question": question, "history": [question]})
        bodies[f"api/search?{number}"] = json.dumps({"question": question})
        bodies[f"api/ask?{number}-k"] = json.dumps({"question": question, "k": payload.text})
        messages = [{"role": "user", "content": question}]
        bodies[f"v1/chat/completions?{number}"] = json.dumps({"messages": messages})
    for path, body in bodies.items():
        _typed(watch, address, path, body)
    # The browser takes the answer to a question for a page that was opened.
    watch.context.route(
        re.compile(r"/(api/ask|api/search|v1/chat/completions)\?"),
        lambda route: route.continue_(
            method="POST",
            headers={"content-type": "application/json"},
            post_data=bodies[route.request.url.removeprefix(address)],
        ),
    )
    whole = [f"api/articles/payload-{each.number}" for each in shelf.payloads]
    listed = [f"api/articles?offset={n}" for n in range(0, 2 * len(shelf.payloads), 100)]
    watch.open_all(address + "healthz", [address + path for path in [*bodies, *whole, *listed]])
    for payload in shelf.first_of_each():
        watch.open(address + f"api/ask?{payload.number}")
        watch.open(address + f"api/articles/payload-{payload.number}")
    watch.context.unroute_all()


def _typed(watch: Watch, address: str, path: str, body: str) -> None:
    """Fetch a reply: it must call itself JSON, and forbid the browser to guess."""
    sent = {"content-type": "application/json"}
    answer = watch.context.request.post(address + path, data=body, headers=sent)
    kind = answer.headers.get("content-type", "")
    if not _JSON.match(kind) or answer.headers.get("x-content-type-options") != "nosniff":
        watch.wrong(f"{path} is {kind}, {answer.headers}")
    watch.counts["replies"] += 1


def filters(watch: Watch, address: str, shelf: Shelf) -> None:
    """Offer payloads as authors and sources, choose them, name them in addresses, ask."""
    page = watch.page
    for first in range(0, len(shelf.payloads), _FILTERED):
        some = [each.text[:1_000] for each in shelf.payloads[first : first + _FILTERED]]
        named = [(name, text) for text in some for name in ("author", "source")]
        if first % (5 * _FILTERED) == 0:
            named += [("since", some[0]), ("language", some[-1])]
        page.goto(f"{address}?{urlencode(named)}")
        page.wait_for_selector("#q-chip")
        page.click("#q-filter-toggle")
        watch.touch(page, "#q-filter, #q-filters", click=False)
        for control in ("#q-author", "#q-source-host"):
            page.locator(f"{control} input").first.focus()
            page.wait_for_selector(f"{control} .options")
            watch.touch(page, control, click=first == 0)
            page.keyboard.press("Escape")
        ask(page, some[0][:500] + " lamp")
        watch.touch(page, _TURN)


def whole(watch: Watch, address: str, _: Shelf) -> None:
    """Open what tells of the server itself."""
    for path in (
        "metrics", "api/docs", "api/openapi.json", "api/health", "healthz", "config", "embed.js",
        "gradio_api/info", "v1/models",
    ):  # fmt: skip
        watch.open(address + path)


def own_addresses(shelf: Shelf) -> list[str]:
    """Return the http(s) addresses of the articles: the only ones that links may lead to."""
    found = (safe_url(info.source) for info in shelf.articles())
    return [address for address in found if address]


VIEWS: dict[str, View] = {
    "chat": chat,
    "filters": filters,
    "articles and cards": articles,
    "errors": errors,
    "replies for programs": replies,
    "the server itself": whole,
}
