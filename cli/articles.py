"""`quoth articles`, `quoth show` and `quoth remove`: what the library holds."""

from __future__ import annotations

import json
import sys
from argparse import Namespace
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from cli.filters import filters_of, unknown_lines
from cli.store import place_of, store_of
from cli.style import Style
from corpus.errors import SourceError

if TYPE_CHECKING:
    from index.copies import CopyGroup
    from index.facets import Facets
    from index.remove import Receipt
    from index.snapshot import ArticleInfo

_MOST_SHOWN = 12


def run_articles(options: Namespace) -> int:
    """List the articles that pass the filters, the near-duplicates, or what filters there are."""
    from index.facts import Facts

    filters = filters_of(options)
    library = store_of(options)
    try:
        library.check_filters(filters)
        if options.facets:
            return _print_facets(library.facets(filters), options)
        with library.snapshot() as snapshot:
            held = snapshot.articles()
            groups = snapshot.copy_groups() if options.copies else []
        articles = [
            each
            for each in held
            if filters.admits(Facts(each.author, each.published, each.source, each.language))
        ]
        unknown = library.unknown(filters) if held and not articles else ()
    finally:
        library.close()
    if options.copies:
        shown = {info.id: info for info in articles}
        _print_copies(_among(groups, shown), shown, options)
    else:
        _print_articles(articles, options)
    if options.json:
        return 0
    if not held:
        print(f"{place_of(options)} is empty; fill it with: quoth ingest FOLDER", file=sys.stderr)
    elif not articles:
        print(f"no article matches these filters: {filters}", file=sys.stderr)
        for line in unknown_lines(unknown):
            print(f"  {line}", file=sys.stderr)
    return 0


def _print_articles(articles: Sequence[ArticleInfo], options: Namespace) -> None:
    if options.json:
        print(json.dumps([info._asdict() for info in articles], ensure_ascii=False, indent=1))
        return
    width = max((len(info.id) for info in articles), default=0)
    for info in articles:
        print(_line(info, width))


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
    if held and not groups:
        filters = filters_of(options)
        among = f" among those that match these filters: {filters}" if filters else ""
        print(f"no article in {place_of(options)} is a near-duplicate of another{among}",
              file=sys.stderr)  # fmt: skip


def _among(groups: Sequence[CopyGroup], shown: Mapping[str, ArticleInfo]) -> list[CopyGroup]:
    """Return what is left of the groups when only some articles are shown, newest first."""
    left = []
    for group in groups:
        pairs = zip(group.ids, group.similarity, strict=True)
        members = [(name, similarity) for name, similarity in pairs if name in shown]
        if len(members) > 1:
            ids, similarity = zip(*members, strict=True)
            left.append(group._replace(ids=ids, similarity=similarity))
    return sorted(left, key=lambda group: shown[group.ids[0]].published or "", reverse=True)


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
    from qa.as_json import whole_article_json

    library = store_of(options)
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
    """Remove articles and print a receipt; they are gone from the very next reply."""
    receipt = _removed(options)
    if options.json:
        print(json.dumps(_receipt_json(receipt), ensure_ascii=False, indent=1))
        return 0
    style = Style()
    for info in receipt.articles:
        print(f"removed {info.id}: {info.title} ({info.passages} passages)")
        print(style.dim(f"        {info.source}"))
    counts = f"{len(receipt.articles)} articles, {receipt.passages} passages with their vectors"
    gone = "" if options.store else "; overwritten"
    print(f"from the database: {counts}, {receipt.sentences} sentence vectors{gone}")
    if options.store:
        print("Milvus takes them off its disks when it next compacts; no reply has them any more")
    if receipt.indexes:
        print(f"from the indexes: {' and '.join(receipt.indexes)}, which were built anew")
    if not receipt.log_emptied:
        print("a reader still needs the old pages of the log; the next change empties it")
    print(
        "not from backups, nor from the files they came from: they come back when their file "
        "changes, or is ingested under another name, or with: quoth ingest --bring-back SOURCE"
    )
    return 0


def _removed(options: Namespace) -> Receipt:
    if options.store is not None:
        from index.milvus.putting import remove_from

        return remove_from(options.store, options.ids)
    from index.remove import remove

    return remove(options.library, options.ids)


def _receipt_json(receipt: Receipt) -> dict[str, Any]:
    return {
        "removed": [info._asdict() for info in receipt.articles],
        "passages": receipt.passages,
        "sentence_vectors": receipt.sentences,
        "indexes": list(receipt.indexes),
        "generation": receipt.generation,
        "log_emptied": receipt.log_emptied,
    }
