"""Turn a parser's `RawArticle` into the stored `Article`: clean, join, and note every offset.

Offsets are noted while the text is put together, never searched for afterwards. After this the
text is final: `clean_text(article.text) == article.text`.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from corpus.article import Article, Section, Span, article_id
from corpus.clean import clean_line, clean_text
from corpus.formats.raw import Block, RawArticle, name_as_title
from corpus.language import guess_language
from corpus.problem import Problem

_LONGEST_TITLE = 300
_LONGEST_AUTHOR = 200
_BETWEEN_BLOCKS = "\n\n"


def assemble(raw: RawArticle, address: str) -> Article | None:
    r"""Return the article that stands at `address`, or None if it has no body text.

    >>> blocks = (Block("Leave", 1), Block("Sick leave", 2), Block("Stay at home."))
    >>> article = assemble(RawArticle("Leave", blocks), "handbook/leave.md")
    >>> article.text, [section.heading.of(article.text) for section in article.sections]
    ('Sick leave\n\nStay at home.', ['Sick leave'])
    """
    title = clean_line(raw.title or "")[:_LONGEST_TITLE].strip()
    text, sections, pages = _join(_cleaned(raw.blocks, title))
    if not any(line.strip() for line in _outside(text, sections)):
        return None
    return Article(
        id=article_id(_place(raw, address)),
        title=title or clean_line(name_as_title(address)) or "Untitled",
        text=text,
        source=clean_line(raw.url or address),
        author=clean_line(raw.author or "")[:_LONGEST_AUTHOR].strip() or None,
        published=raw.published,
        language=guess_language(text, raw.language),
        sections=sections,
        pages=pages,
    )


def assemble_all(raws: Sequence[RawArticle], address: str) -> tuple[list[Article], list[Problem]]:
    """Return the articles of one file, each with an id of its own, and those that gave none.

    Of articles with the same key or address the second one's id is made from "...#2", the third
    one's from "...#3"; one that repeats text and all is left out and reported.

    >>> raws = [RawArticle("A", (Block(text),), key="a") for text in ("One.", "Two.", "One.")]
    >>> articles, problems = assemble_all(raws, "notes.jsonl")
    >>> len({article.id for article in articles}), str(problems[0])
    (2, 'notes.jsonl: repeats the article "A" of the same file; skipped')
    """
    articles: list[Article] = []
    problems: list[Problem] = []
    taken: Counter[str] = Counter()
    seen: set[tuple[str, str]] = set()
    for raw in raws:
        article = assemble(raw, address)
        if article is None:
            problems.append(Problem(address, "holds no article text", raw.line))
            continue
        same = (article.id, article.fingerprint)
        if same in seen:
            what = f'repeats the article "{article.title[:60]}" of the same file; skipped'
            problems.append(Problem(address, what, raw.line))
            continue
        seen.add(same)
        taken[article.id] += 1
        if (number := taken[article.id]) > 1:
            article = replace(article, id=article_id(f"{_place(raw, address)}#{number}"))
        articles.append(article)
    return articles, problems


def _place(raw: RawArticle, address: str) -> str:
    """Return what an article's id is made from: its own address, or its place in the file."""
    return clean_line(raw.url or (f"{address}#{raw.key}" if raw.key else address))


def _cleaned(blocks: tuple[Block, ...], title: str) -> list[Block]:
    """Clean each block; leave out empty ones and a heading at the top that repeats the title."""
    kept: list[Block] = []
    for block in blocks:
        text = clean_line(block.text) if block.level else clean_text(block.text)
        repeats_title = block.level and not kept and text.casefold() == title.casefold()
        if text and not repeats_title:
            kept.append(Block(text, block.level, block.page, block.continues))
    return kept


def _join(blocks: list[Block]) -> tuple[str, tuple[Section, ...], tuple[int, ...]]:
    """Join cleaned blocks and note where headings and pages stand."""
    parts: list[str] = []
    sections: list[Section] = []
    pages: list[int] = []
    length = 0
    for block in blocks:
        if parts:
            parts.append(" " if block.continues else _BETWEEN_BLOCKS)
            length += len(parts[-1])
        # A page without text starts where the next text does; so the list has no gaps.
        pages.extend([length if pages else 0] * ((block.page or 0) - len(pages)))
        if block.level:
            sections.append(Section(Span(length, length + len(block.text)), block.level))
        parts.append(block.text)
        length += len(block.text)
    return "".join(parts), tuple(sections), tuple(pages)


def _outside(text: str, sections: tuple[Section, ...]) -> list[str]:
    """Return the stretches of text that are not headings."""
    stretches, start = [], 0
    for section in sections:
        stretches.append(text[start : section.heading.start])
        start = section.heading.end
    return [*stretches, text[start:]]
