"""`quoth articles`, `quoth show` and `quoth remove`: what the library holds."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from cli.filters import filters_of, unknown_lines
from cli.style import Style
from corpus.errors import SourceError

if TYPE_CHECKING:
    from index.facets import Facets

_MOST_SHOWN = 12


def run_articles(options: Namespace) -> int:
    """List the articles that pass the filters, or count what there is for each filter."""
    from index.facts import Facts
    from index.library import Library

    filters = filters_of(options)
    library = Library.open(options.library)
    try:
        library.check_filters(filters)
        if options.facets:
            return _print_facets(library.facets(filters), options)
        with library.snapshot() as snapshot:
            held = snapshot.articles()
        articles = [
            each
            for each in held
            if filters.admits(Facts(each.author, each.published, each.source, each.language))
        ]
        unknown = library.unknown(filters) if held and not articles else ()
    finally:
        library.close()
    if options.json:
        print(json.dumps([info._asdict() for info in articles], ensure_ascii=False, indent=1))
        return 0
    style = Style()
    width = max((len(info.id) for info in articles), default=0)
    for info in articles:
        about = " · ".join(part for part in (info.author, info.published) if part)
        print(f"{info.id:<{width}}  {style.bold(info.title)}  {style.dim(about)}")
    if not held:
        print(f"{options.library} is empty; fill it with: quoth ingest FOLDER", file=sys.stderr)
    elif not articles:
        print(f"no article matches these filters: {filters}", file=sys.stderr)
        for line in unknown_lines(unknown):
            print(f"  {line}", file=sys.stderr)
    return 0


def _print_facets(facets: Facets, options: Namespace) -> int:
    """Print what there is for each filter: the commonest values, or all of them as JSON."""
    from qa.as_json import facets_json

    if options.json:
        print(json.dumps(facets_json(facets), ensure_ascii=False, indent=1))
        return 0
    style = Style()
    print(f"{facets.articles} articles, {facets.dated} with a date", end="")
    print(f", from {facets.first} to {facets.last}" if facets.dated else "")
    for option, counts in (
        ("--since, --until", facets.years),
        ("--author", facets.authors),
        ("--source", facets.sources),
        ("--language", facets.languages),
    ):
        shown = ", ".join(f"{each.value} ({each.articles})" for each in counts[:_MOST_SHOWN])
        more = f", … and {len(counts) - _MOST_SHOWN} more: --json" if counts[_MOST_SHOWN:] else ""
        print(f"{style.bold(f'{option:<17}')} {shown or 'none'}{more}")
    return 0


def run_show(options: Namespace) -> int:
    """Print one article as it is stored: its text, or all of it as JSON."""
    from index.library import Library
    from qa.as_json import whole_article_json

    library = Library.open(options.library)
    with library.snapshot() as snapshot:
        article = snapshot.article(options.id)
    library.close()
    if article is None:
        raise SourceError(f"no article has the id {options.id!r}; list them with: quoth articles")
    if options.json:
        print(json.dumps(whole_article_json(article), ensure_ascii=False, indent=1))
        return 0
    style = Style()
    about = " · ".join(part for part in (article.author, article.published) if part)
    print(style.bold(article.title))
    print(style.dim(about + ("\n" if about else "") + article.source) + "\n")
    print(article.text)
    return 0


def run_remove(options: Namespace) -> int:
    """Remove articles and say what was taken; they are gone from the very next reply."""
    from index.library import Library
    from index.writer import Writer, writer_lock

    library = Library.open(options.library)
    with library.snapshot() as snapshot:
        held = {info.id: info for info in snapshot.articles()}
    library.close()
    unknown = [name for name in options.ids if name not in held]
    if unknown:
        raise SourceError(
            f"no article has the id {unknown[0]!r}; nothing was removed; list them with: "
            "quoth articles"
        )
    with writer_lock(options.library):
        writer = Writer(options.library)
        try:
            writer.remove(options.ids)
        finally:
            writer.close()
    for name in options.ids:
        print(f"removed {name}: {held[name].title} ({held[name].passages} passages)")
    print("they come back when their file changes, or is ingested under another name")
    return 0
