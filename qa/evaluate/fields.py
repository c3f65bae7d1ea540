"""Take typed values out of parsed JSON, or say what is wrong with them and where.

Shared by the readers of test sets and of reports. Knows nothing of questions or golds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from corpus.errors import TestSetError
from qa.foreign_json import NotUsable, parsed

Record = Mapping[str, Any]


def read_text(path: Path) -> str:
    """Return the file as text; a test set must be UTF-8 (a byte-order mark is dropped)."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise TestSetError(f"{path}: no such file; check the path") from None
    except UnicodeDecodeError as error:
        raise TestSetError(
            f"{path}: not UTF-8 at byte {error.start}; save the file as UTF-8 and try again"
        ) from None
    except OSError as error:
        raise TestSetError(f"{path}: cannot be read ({error.strerror}); check the file") from error


def parse_json(text: str, where: str) -> Any:
    """Parse one JSON value, naming the place when it is none."""
    try:
        return parsed(text)
    except NotUsable as error:
        raise TestSetError(f"{where}: {error}; mend or remove it") from None


def json_lines(path: Path) -> Iterator[tuple[str, Record]]:
    """Yield `(where, record)` for each non-empty line of a JSONL file.

    `where` is `file:line`, counted from 1. Lines are split at newlines only: JSON allows U+2028.
    """
    for number, line in enumerate(read_text(path).split("\n"), start=1):
        if line.strip():
            where = f"{path}:{number}"
            yield where, as_record(parse_json(line, where), where)


def as_record(value: Any, where: str) -> Record:
    """Return `value` if it is a JSON object."""
    if not isinstance(value, dict):
        raise TestSetError(f"{where}: expected a JSON object {{…}}, found {_kind(value)}")
    return value


def list_field(record: Record, name: str, where: str) -> list[Any]:
    """Return the list under `name`; missing or null is an empty list."""
    value = record.get(name)
    if value is None:
        return []
    if not isinstance(value, list):
        raise TestSetError(f"{where}: “{name}” must be a list, found {_kind(value)}")
    return value


def text_field(record: Record, name: str, where: str) -> str:
    """Return the non-empty text under `name`."""
    value = optional_text(record, name, where)
    if value is None or not value.strip():
        raise TestSetError(f"{where}: “{name}” is missing or empty; every record needs it")
    return value


def optional_text(record: Record, name: str, where: str) -> str | None:
    """Return the text under `name`, None when missing or null; a number is taken as its digits."""
    value = record.get(name)
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    raise TestSetError(f"{where}: “{name}” must be text, found {_kind(value)}")


def _kind(value: Any) -> str:
    """Name a parsed JSON value as people do: `[1]` → `a list`."""
    names = {dict: "an object", list: "a list", str: "text", bool: "true/false"}
    return names.get(type(value), "nothing" if value is None else "a number")
