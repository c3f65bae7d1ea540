"""A reply as HTML: one function for each piece of a card.

Every piece of text is escaped by `web.marks`; every link has passed `corpus.address.safe_url`. The
HTML goes through Gradio's sanitiser afterwards, which drops `aria-*` and `data-*`: names for
screen readers are added by `static/quoth.js`. Nothing here asks the archive or knows of Gradio.
"""

from __future__ import annotations

from collections.abc import Sequence

from corpus.address import safe_url
from corpus.article import Span
from qa.answer import Abstention, Answer, Copy, Extract, Reply
from web.accounts import accounts_html
from web.evidence import evidence_path
from web.links import host_of, original_url
from web.marks import escape, lang_attribute, layers_of, marked_up, window
from web.paths import source_path, title_of
from web.words import Words

STEPS = (0.25, 0.5)
"""Scores at which a match is called good, and strong: a fair and an even chance of answering."""

OPEN_CARDS = 3
"""At most this many cards stand open; the others are folded away."""


def reply_html(reply: Reply, words: Words) -> str:
    """Return a whole reply: how it was understood, then the cards or the abstention."""
    head = _understood(reply, words)
    if isinstance(reply, Answer):
        return f'<div class="q-reply">{head}{_answer(reply, words)}</div>'
    if reply.reason == "empty_archive":
        return f'<div class="q-reply">{empty_html(words)}</div>'
    why = words.silent_no_match if reply.reason == "no_match" else words.silent_below_bar
    tips = "".join(f"<li>{escape(tip)}</li>" for tip in words.tips)
    card = (
        f'<div class="q-note" role="status"><h2>{escape(words.silent)}</h2>'
        f"<p>{escape(why)}</p><ul>{tips}</ul></div>"
    )
    return f'<div class="q-reply">{head}{card}{_nearest(reply, words)}</div>'


def notice_html(title: str, text: str) -> str:
    """Return a friendly card that is no reply: a refused question, trouble on the server."""
    return (
        f'<div class="q-reply"><div class="q-note" role="status"><h2>{escape(title)}</h2>'
        f"<p>{escape(text)}</p></div></div>"
    )


def empty_html(words: Words) -> str:
    """Return the card of an archive that holds nothing yet."""
    return (
        f'<div class="q-note" role="status"><h2>{escape(words.empty)}</h2>'
        f"<p>{escape(words.empty_more)} <code>{escape(words.empty_command)}</code></p></div>"
    )


def question_html(question: str) -> str:
    """Return a question as its asker sees it."""
    return f'<span class="q-asked" dir="auto">{escape(question)}</span>'


def skeleton_html(words: Words) -> str:
    """Return what stands in an answer's place while it is sought."""
    bars = "<span></span>" * 3
    return f'<div class="q-wait" title="{escape(words.searching)}">{bars}</div>'


def quote_html(extract: Extract, words: Words) -> str:
    """Return the passage with its marks; shortened round them when it is very long."""
    passage, text = extract.passage, extract.passage.article.text
    shown = window(text, passage.span, [mark.span for mark in extract.highlights])
    cut = f'<span class="q-cut" title="{escape(words.cut)}"></span>'
    body = marked_up(text, shown, layers_of(extract.highlights))
    language = passage.article.language
    lang = lang_attribute(language)
    before = cut if shown.start > passage.span.start else ""
    after = cut if shown.end < passage.span.end else ""
    return (
        f'<blockquote class="q-quote" dir="auto"{lang}>{before}'
        f'<span class="q-words">{body}</span>{after}</blockquote>'
    )


def lit_span(extract: Extract) -> Span:
    """Return the slice that quotes best: from the first lit sentence to the last."""
    spans = [mark.span for mark in extract.highlights if mark.kind == "sentence"]
    spans = spans or [mark.span for mark in extract.highlights] or [extract.passage.span]
    return Span(min(span.start for span in spans), max(span.end for span in spans))


def linked_span(extract: Extract) -> Span:
    """Return the slice that a link to the original names: all that is lit, in a PDF the first mark.

    To a PDF one can only link by page, and that is the one which `Extract.page` says.
    """
    marks = extract.marked() if extract.passage.article.pages else ()
    return marks[0].span if marks else lit_span(extract)


def citation(extract: Extract, words: Words) -> str:
    """Return the quotation with its source as plain text: “quote” — Author, Title, Date, URL."""
    article = extract.passage.article
    address = safe_url(article.source) or ""
    parts = (article.author, article.title, words.date(article.published), address)
    quoted = lit_span(extract).of(article.text).strip()
    return f"“{quoted}” — {', '.join(part for part in parts if part)}"


def _understood(reply: Reply, words: Words) -> str:
    if reply.understood_as.split() == reply.question.split():
        return ""
    return (
        f'<p class="q-understood">{escape(words.understood)} '
        f'<span dir="auto">{escape(reply.understood_as)}</span></p>'
    )


def _answer(answer: Answer, words: Words) -> str:
    asked = answer.question
    cards = [_card(each, n, asked, words) for n, each in enumerate(answer.extracts, 1)]
    first, rest = _split(answer.extracts)
    articles = len({each.passage.article.id for each in answer.extracts})
    lead = words.lead.format(
        passages=words.count(words.passages, len(cards)),
        articles=words.count(words.articles, articles),
    )
    more = _folded(words.count(words.more, rest), "".join(cards[first:])) if rest else ""
    head = f'<p class="q-lead">{escape(lead)}</p>{accounts_html(answer, words)}'
    return f"{head}{''.join(cards[:first])}{more}"


def _split(extracts: Sequence[Extract]) -> tuple[int, int]:
    """Return how many cards stand open (the best, and others as strong), and how many do not."""
    strong = [each for each in extracts[:OPEN_CARDS] if _step(each.score) == 2]
    first = min(max(1, len(strong)), len(extracts))
    return first, len(extracts) - first


def _nearest(reply: Abstention, words: Words) -> str:
    if not reply.nearest:
        return ""
    cards = [_card(each, n, reply.question, words) for n, each in enumerate(reply.nearest, 1)]
    note = f'<p class="q-lead">{escape(words.nearest_more)}</p>'
    return _folded(words.count(words.nearest, len(cards)), note + "".join(cards))


def _folded(summary: str, body: str) -> str:
    return f'<details class="q-more"><summary>{escape(summary)}</summary>{body}</details>'


def _card(extract: Extract, n: int, asked: str, words: Words) -> str:
    best = " q-best" if n == 1 else ""
    trail = "".join(
        f'<span dir="auto">{escape(part)}</span>' for part in extract.passage.heading if part
    )
    return (
        f'<article class="q-card{best}"><div class="q-top">'
        f'<span class="q-trail">{trail}</span>{_match(extract.score, words)}</div>'
        f"{quote_html(extract, words)}"
        f'<div class="q-source">{_byline(extract, words)}{_actions(extract, asked, words)}</div>'
        f"{_also(extract.also_in, words)}</article>"
    )


def _step(score: float) -> int:
    return sum(score >= step for step in STEPS)


def _match(score: float, words: Words) -> str:
    """Return the strength of a match as three bars and a word, with the number as its title."""
    step = _step(score)
    bars = "".join(f'<i class="{"q-on" if n <= step else "q-off"}"></i>' for n in range(3))
    percent = round(100 * min(max(score, 0.0), 1.0))
    title = escape(words.match_title.format(percent=percent))
    return (
        f'<span class="q-match" title="{title}"><span class="q-bars">{bars}</span>'
        f"{escape(words.match[step])}</span>"
    )


def _byline(extract: Extract, words: Words) -> str:
    article = extract.passage.article
    parts = [f'<span dir="auto">{escape(article.author)}</span>'] if article.author else []
    if article.published:
        date = escape(words.date(article.published))
        parts.append(f'<time datetime="{escape(article.published)}">{date}</time>')
    parts.append(f'<span class="q-host">{escape(host_of(article.source))}</span>')
    page = extract.page()
    parts += [escape(words.page.format(n=page))] if page else []
    return (
        f'<div class="q-who"><h2 class="q-title" dir="auto">{escape(title_of(article))}</h2>'
        f'<p class="q-by">{" <span>·</span> ".join(parts)}</p></div>'
    )


def _actions(extract: Extract, asked: str, words: Words) -> str:
    article = extract.passage.article
    title = escape(title_of(article))
    url, page = original_url(article, linked_span(extract)), extract.page()
    paged = page and url and "#page=" in url
    label = words.original_page.format(n=page) if paged else words.original
    opens = escape(words.original_title.format(host=host_of(article.source)))
    link = f'<a class="q-original" href="{escape(url or "")}" title="{opens}">{escape(label)}</a>'
    return (
        f'<div class="q-actions"><a class="q-open" href="{escape(source_path(extract))}" '
        f'title="{title}">{escape(words.read)}</a>{link if url else ""}'
        f'<button type="button" class="q-copy">{escape(words.copy)}</button>'
        f'<a class="q-evidence" href="{escape(evidence_path(extract, asked))}" '
        f'title="{escape(words.evidence_title)}">{escape(words.evidence)}</a>{_votes(words)}'
        f'<span class="q-citation">{escape(citation(extract, words))}</span></div>'
    )


def _votes(words: Words) -> str:
    """Return the two buttons that say what one thinks of it; hidden where votes are not kept."""
    return "".join(
        f'<button type="button" class="q-vote {name}" title="{escape(title)}">{sign}</button>'
        for name, title, sign in (("q-up", words.vote_up, "✓"), ("q-down", words.vote_down, "✗"))
    )


def _also(copies: Sequence[Copy], words: Words) -> str:
    """Return a link to the place in each other article, with its date and whether it differs."""
    if not copies:
        return ""
    links = ", ".join(_copy(each, words) for each in copies)
    return f'<p class="q-also">{escape(words.also_in)} {links}</p>'


def _copy(copy: Copy, words: Words) -> str:
    article = copy.article
    known = (host_of(article.source), words.date(article.published))
    about = [*filter(None, known), *([] if copy.same_words else [words.differs])]
    return (
        f'<a class="q-open" href="{escape(source_path(Extract(copy.passage, (), 0.0)))}" '
        f'dir="auto">{escape(title_of(article))}</a> ({", ".join(map(escape, about))})'
    )
