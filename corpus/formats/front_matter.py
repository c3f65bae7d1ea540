"""Front matter: what a Markdown file says of itself.

It is YAML between two lines `---`, or TOML between two lines `+++`.
"""

from __future__ import annotations

import re
import tomllib
from datetime import date
from typing import Any, NamedTuple

import yaml

from corpus.problem import LEFT_OUT, Problem

_YAML = re.compile(r"\A---[ \t]*\r?\n(.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_TOML = re.compile(r"\A\+\+\+[ \t]*\r?\n(.*?)^\+\+\+[ \t]*(?:\r?\n|\Z)", re.S | re.M)
_LIKE_TOML = re.compile(r"^[ \t]*(?:[\w.\"'-]+[ \t]*=|\[)", re.M)
_BAD = f"front matter is not valid {{}} and {LEFT_OUT}; mend it between the {{}} lines"
_NULL = "tag:yaml.org,2002:null"


class _Words(yaml.BaseLoader):
    """Reads every value as the words that stand there, but null as nothing.

    By YAML's own types a title such as 12:30 is the number 750, and "no" is false.
    """


_Words.add_implicit_resolver(_NULL, re.compile(r"\A(?:~|null|Null|NULL|)\Z"), ["~", "n", "N", ""])
_Words.add_constructor(_NULL, lambda *_: None)


class FrontMatter(NamedTuple):
    """The fields, their names in lower case; the text below them; and what was wrong."""

    about: dict[str, Any]
    body: str
    problems: list[Problem]


def split_front_matter(text: str, name: str) -> FrontMatter:
    r"""Separate front matter from the body; broken front matter is reported and left out.

    >>> split_front_matter("+++\ntitle = 'Leave'\n+++\nThirty days.", "leave.md")[:2]
    ({'title': 'Leave'}, 'Thirty days.')
    """
    if match := _YAML.match(text):
        return _from_yaml(match, name)
    match = _TOML.match(text)
    # "+++" round a paragraph is an ornament of its author's.
    return _from_toml(match, name) if match and _LIKE_TOML.search(match[1]) else _none(text)


def _none(text: str) -> FrontMatter:
    return FrontMatter({}, text, [])


def _from_yaml(match: re.Match[str], name: str) -> FrontMatter:
    body = match.string[match.end() :]
    try:
        about = yaml.load(match[1], _Words)  # noqa: S506 – it makes texts, lists and dicts only
    except (yaml.YAMLError, RecursionError):
        return FrontMatter({}, body, [Problem(name, _BAD.format("YAML", "---"))])
    if isinstance(about, dict):
        return FrontMatter(_lower(about), body, [])
    # "---" around a paragraph is a pair of rulers, not front matter.
    return _none(match.string if isinstance(about, str) else body)


def _from_toml(match: re.Match[str], name: str) -> FrontMatter:
    body = match.string[match.end() :]
    try:
        about = tomllib.loads(match[1], parse_float=str)
        return FrontMatter(_lower({key: _words(value) for key, value in about.items()}), body, [])
    except (ValueError, RecursionError):  # its own error is a ValueError
        return FrontMatter({}, body, [Problem(name, _BAD.format("TOML", "+++"))])


def _lower(about: dict[Any, Any]) -> dict[str, Any]:
    return {str(key).lower(): value for key, value in about.items()}


def _words(value: Any) -> Any:
    """Return a value of TOML as words, as those of YAML are; of tables nothing is asked."""
    if isinstance(value, list):
        return [_words(each) for each in value]
    if isinstance(value, str | dict):
        return value
    return value.isoformat() if isinstance(value, date) else str(value)
