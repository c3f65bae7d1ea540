"""`quoth articles`, `quoth show` and `quoth remove`: what the library holds."""

from __future__ import annotations

import json
import sys
from argparse import Namespace

from cli.style import Style
from corpus.errors import SourceError


def run_articles(options: Namespace) -> int:
    """List the articles, one a line or as JSON."""
    from index.library import Library

    library = Library.open(options.library)
    with library.snapshot() as snapshot:
        articles = snapshot.articles()
    library.close()
    if options.json:
        print(json.dumps([info._asdict() for info in articles], ensure_ascii=False, indent=1))
        return 0
    style = Style()
    width = max((len(info.id) for info in articles), default=0)
    for info in articles:
        about = " · ".join(part for part in (info.author, info.published) if part)
        print(f"{info.id:<{width}}  {style.bold(info.title)}  {style.dim(about)}")
    if not articles:
        print(f"{options.library} is empty; fill it with: quoth ingest FOLDER", file=sys.stderr)
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
