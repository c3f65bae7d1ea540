"""`quoth articles`, `quoth show` and `quoth remove`: what the library holds."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cli.style import Style
from corpus.errors import SourceError

if TYPE_CHECKING:
    from index.copies import CopyGroup
    from index.snapshot import ArticleInfo


def run_articles(options: Namespace) -> int:
    """List the articles, one a line or as JSON; or only those that are near-duplicates."""
    from index.library import Library

    library = Library.open(options.library)
    with library.snapshot() as snapshot:
        articles = snapshot.articles()
        groups = snapshot.copy_groups() if options.copies else []
    library.close()
    if options.copies:
        _print_copies(groups, {info.id: info for info in articles}, options)
        return 0
    if options.json:
        print(json.dumps([info._asdict() for info in articles], ensure_ascii=False, indent=1))
        return 0
    width = max((len(info.id) for info in articles), default=0)
    for info in articles:
        print(_line(info, width))
    if not articles:
        print(f"{options.library} is empty; fill it with: quoth ingest FOLDER", file=sys.stderr)
    return 0


def _line(info: ArticleInfo, width: int) -> str:
    style = Style()
    about = " · ".join(part for part in (info.author, info.published) if part)
    return f"{info.id:<{width}}  {style.bold(info.title)}  {style.dim(about)}"


def _print_copies(
    groups: Sequence[CopyGroup], held: Mapping[str, ArticleInfo], options: Namespace
) -> None:
    if options.json:
        print(json.dumps([_group_json(group, held) for group in groups], ensure_ascii=False,
                         indent=1))  # fmt: skip
        return
    for group in groups:
        width = max(len(name) for name in group.ids)
        print(f"{len(group.ids)} near-duplicates{', or more' if group.crowded else ''}:")
        for name, similarity in zip(group.ids, group.similarity, strict=True):
            print(f"  {similarity:4.0%}  {_line(held[name], width)}")
    if not groups:
        print(f"no article in {options.library} is a near-duplicate of another", file=sys.stderr)


def _group_json(group: CopyGroup, held: Mapping[str, ArticleInfo]) -> dict[str, Any]:
    members = zip(group.ids, group.similarity, strict=True)
    return {
        "crowded": group.crowded,
        "articles": [
            {"similarity": round(similarity, 4), **held[name]._asdict()}
            for name, similarity in members
        ],
    }


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
