"""JSONL, JSON and CSV files of articles with named fields; one bad record spoils no other.

Field names are matched without regard to case; the first of a list of usual names is taken. A JSON
object with "data" that holds paragraphs is SQuAD's format and handed to `corpus.formats.squad`.
"""

from __future__ import annotations

import csv
import io
import json
import re
import sys
from collections.abc import Iterator, Mapping
from typing import Any

from corpus.boilerplate import trim_end
from corpus.clean import clean_text
from corpus.formats.decode import decode
from corpus.formats.plain import split_paragraphs
from corpus.formats.raw import (
    BAD_DATE,
    Block,
    NoArticles,
    Parsed,
    RawArticle,
    Unreadable,
    iso_date,
    web_address,
)
from corpus.formats.squad import parse_squad
from corpus.problem import Problem

_TEXT = ("text", "body", "content")
_TITLE = ("title", "headline")
_URL = ("url", "source", "link")
_AUTHOR = ("author", "byline")
_DATE = ("date", "published")
_LANGUAGE = ("language", "lang")
_KEY = ("id", "key")
_LISTS = ("articles", "items", "documents", "records")
_REPORT = frozenset({"added", "changed", "unchanged", "removed", "passages", "problems"})
_NO_TEXT = "has no text; name the field text, body or content"

_Row = tuple[int, Any]
"""A line (or record) number and the record, or the `Problem` that took its place."""


def parse(data: bytes, name: str) -> Parsed:
    """Read the articles of a JSONL, JSON or CSV file, told apart by the name's suffix.

    >>> line = b'{"id": 7, "headline": "Night ferry", "body": "It left."}'
    >>> article = parse(line, "a.jsonl").articles[0]
    >>> article.key, article.title, article.line
    ('7', 'Night ferry', 1)

    Raises:
        Unreadable: the file as a whole is not of its format.
        NoArticles: it is the report of an ingest, which may have been written among them.
    """
    text = decode(data)
    suffix = name.rsplit(".", 1)[-1].lower()
    if suffix in ("csv", "tsv"):
        return _from_rows(_csv_rows(text, name), name, unit="line")
    if suffix in ("jsonl", "ndjson"):
        return _from_rows(_jsonl_rows(text, name), name, unit="line")
    return _from_json(text, name)


def _from_json(text: str, name: str) -> Parsed:
    """Read a JSON document: a list of records, one record, or SQuAD's format."""
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        if _is_jsonl(text, error):
            raise Unreadable("holds one JSON record a line; rename it to .jsonl") from None
        what = f"is not valid JSON (line {error.lineno}: {error.msg}); it may be half-written"
        raise Unreadable(what) from None
    except RecursionError:
        raise Unreadable("is nested too deeply to be articles") from None
    except ValueError:  # Python reads no number of more than 4,300 digits
        raise Unreadable("holds a number of thousands of digits; put it between quotes") from None
    if is_report(document):
        raise NoArticles
    if isinstance(document, dict):
        if "data" in document:
            return parse_squad(document, name)
        document = next(
            (document[k] for k in _LISTS if isinstance(document.get(k), list)), [document]
        )
    if not isinstance(document, list):
        raise Unreadable("holds no articles; expected a list of objects with a text field")
    return _from_rows(enumerate(document, start=1), name, unit="record")


def _is_jsonl(text: str, error: json.JSONDecodeError) -> bool:
    """Tell whether what is no JSON document is so because each line is one."""
    lines = text.strip().split("\n")
    if error.msg != "Extra data" or len(lines) < 2:
        return False
    try:
        return all(isinstance(json.loads(line), dict) for line in lines[:2])
    except (ValueError, RecursionError):
        return False


def is_report(document: Any) -> bool:
    """Tell whether a JSON document is what `quoth ingest --report` writes."""
    return isinstance(document, dict) and document.keys() >= _REPORT


def _from_rows(rows: Iterator[_Row], name: str, *, unit: str) -> Parsed:
    """Turn rows into articles and problems."""
    articles: list[RawArticle] = []
    problems: list[Problem] = []
    for count, (number, row) in enumerate(rows, start=1):
        line = number if unit == "line" else None
        if isinstance(row, Problem):
            problems.append(row)
        elif article := _article(row, count, line):
            articles.append(article)
            if date := None if article.published else _bad_date(row):
                of_record = "" if line else f"record {number}: "
                problems.append(Problem(name, f"{of_record}{date[:40]!r} {BAD_DATE}", line))
        else:
            what = _NO_TEXT if line else f"record {number} {_NO_TEXT}"
            problems.append(Problem(name, what, line))
    return Parsed(articles, problems)


def _jsonl_rows(text: str, name: str) -> Iterator[_Row]:
    r"""Decode each line by itself. Only `\n` ends a line: JSON text may hold U+2028 as it is."""
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except (ValueError, RecursionError) as error:
            too = "nested too deeply" if isinstance(error, RecursionError) else "too long a number"
            reason = getattr(error, "msg", too)
            yield number, Problem(name, f"is not valid JSON ({reason}); skipped", number)


def _csv_rows(text: str, name: str) -> Iterator[_Row]:
    """Read rows by the names in the header; the delimiter is the one the header uses most."""
    csv.field_size_limit(sys.maxsize)  # a field is an article; the file's size is limited already
    header = text.partition("\n")[0]
    delimiter = max(",;\t", key=header.count)
    reader = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter)
    names = [field.strip() for field in reader.fieldnames or ()]
    if not {field.lower() for field in names} & set(_TEXT):
        found = ", ".join(names)[:200]
        raise Unreadable(f"has no column named text, body or content; found: {found}")
    reader.fieldnames = names
    while True:
        start = reader.line_num + 1
        try:
            yield start, next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield start, Problem(name, f"is not valid CSV ({error}); skipped", start)


def _article(row: Any, count: int, line: int | None) -> RawArticle | None:
    """Return the article a record describes, or None if it has no text."""
    if not isinstance(row, dict):
        return None
    fields = _fields(row)
    paragraphs = split_paragraphs(clean_text(_field(fields, _TEXT) or ""))
    if not paragraphs or not paragraphs[0]:
        return None
    kept, dropped = trim_end(paragraphs)
    title = _field(fields, _TITLE)
    return RawArticle(
        title=title,
        blocks=tuple(Block(paragraph) for paragraph in paragraphs[:kept]),
        url=web_address(_field(fields, _URL)),
        author=_field(fields, _AUTHOR),
        published=next(filter(None, (iso_date(value) for value in _dates(fields))), None),
        language=_field(fields, _LANGUAGE),
        key=_field(fields, _KEY) or title or str(count),
        line=line,
        dropped=dropped,
    )


def _fields(row: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key).strip().lower(): value for key, value in row.items()}


def _dates(fields: Mapping[str, Any]) -> list[str]:
    return [value for name in _DATE if (value := _field(fields, (name,)))]


def _bad_date(row: Mapping[Any, Any]) -> str | None:
    """Return what stands where a date should, of a record without one; words alone are none."""
    return next((value for value in _dates(_fields(row)) if re.search(r"\d", value)), None)


def _field(fields: Mapping[str, Any], names: tuple[str, ...]) -> str | None:
    """Return the first of these fields that holds text (or a number, or a list of texts)."""
    for name in names:
        value = fields.get(name)
        if isinstance(value, list) and value and all(isinstance(part, str) for part in value):
            value = "\n\n".join(value) if names is _TEXT else ", ".join(value)
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        if text := str(value).strip():
            return text
    return None
