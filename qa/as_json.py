"""A reply as JSON: the stable form of `quoth ask --json`, documented in `docs/json.md`.

All offsets are characters of the article's text, which `quoth show ID --json` gives as `text`.
"""

from __future__ import annotations

from typing import Any

from corpus.article import Article
from index.facets import Facets
from qa.answer import Answer, Copy, Extract, Reply


def reply_json(reply: Reply) -> dict[str, Any]:
    """Return a reply as plain dictionaries and lists, keys in documented order."""
    answered = isinstance(reply, Answer)
    result: dict[str, Any] = {
        "question": reply.question,
        "understood_as": reply.understood_as,
        "filters": reply.filters.flat(),
        "status": "answered" if answered else "abstained",
        "confidence": round(reply.confidence, 4),
        "extracts": [extract_json(e) for e in reply.extracts] if isinstance(reply, Answer) else [],
    }
    result["accounts"] = accounts_json(reply) if isinstance(reply, Answer) else []
    if not isinstance(reply, Answer):
        result["reason"] = reply.reason
        result["nearest"] = [extract_json(extract) for extract in reply.nearest]
        result["unknown"] = [
            {"filter": each.filter, "value": each.value, "held": list(each.held)}
            for each in reply.unknown
        ]
    return result


def accounts_json(answer: Answer) -> list[dict[str, Any]]:
    """Return what the articles of an answer say together."""
    return [
        {
            "kind": account.kind,
            "articles": account.articles,
            "reprints": account.reprints,
            "newest": account.newest,
            "sayings": [
                {
                    "extract": saying.extract,
                    "start": saying.span.start,
                    "end": saying.span.end,
                    "text": answer.words_of(saying),
                }
                for saying in account.sayings
            ],
        }
        for account in answer.accounts
    ]


def extract_json(extract: Extract) -> dict[str, Any]:
    """Return one extract; texts are slices made here, at the last moment."""
    passage = extract.passage
    text = passage.article.text
    return {
        "article": article_json(passage.article),
        "passage": {
            "start": passage.span.start,
            "end": passage.span.end,
            "text": passage.text,
            "heading": list(passage.heading),
        },
        "highlights": [
            {
                "start": mark.span.start,
                "end": mark.span.end,
                "text": mark.span.of(text),
                "kind": mark.kind,
                "score": round(mark.score, 4),
            }
            for mark in extract.highlights
        ],
        "score": round(extract.score, 4),
        "also_in": [_copy_json(copy) for copy in extract.also_in],
    }


def _copy_json(copy: Copy) -> dict[str, Any]:
    """Return what is known of another article that carries the passage, and where it does."""
    start, end = copy.passage.span
    return article_json(copy.article) | {
        "start": start,
        "end": end,
        "same_words": copy.same_words,
    }


def article_json(article: Article) -> dict[str, Any]:
    """Return what is known about an article, without its text."""
    return {
        "id": article.id,
        "title": article.title,
        "source": article.source,
        "author": article.author,
        "published": article.published,
        "fingerprint": article.fingerprint,
        "captured": article.captured,
    }


def whole_article_json(article: Article) -> dict[str, Any]:
    """Return an article with its text, sections and pages."""
    return {
        **article_json(article),
        "language": article.language,
        "text": article.text,
        "sections": [
            {"start": s.heading.start, "end": s.heading.end, "level": s.level}
            for s in article.sections
        ],
        "pages": list(article.pages),
    }


def facets_json(facets: Facets) -> dict[str, Any]:
    """Return what the archive holds for each filter, named as the filters are."""
    counted = {
        "year": facets.years,
        "author": facets.authors,
        "source": facets.sources,
        "language": facets.languages,
    }
    return {
        "articles": facets.articles,
        "dated": facets.dated,
        "first": facets.first,
        "last": facets.last,
        **{name: [count._asdict() for count in counts] for name, counts in counted.items()},
    }
