"""`quoth settings`: each setting, its value in force, and where that comes from.

It takes the flags of all the other commands, so that a whole command line can be tried out. What
looks like a secret is never printed, only whether it is set.
"""

from __future__ import annotations

import json
import os
import sys
import textwrap
from argparse import Namespace
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from cli.setting import Setting
from cli.style import Style

_WIDE = 100
_PLAIN = (bool, int, float, str, tuple, type(None))
"""Values that JSON has; others are told as people type them."""


def run(options: Namespace) -> int:
    """Print the settings, or an example of a file of them; returns 0."""
    settings: Mapping[str, Setting] = options.known
    if options.example:
        print("\n".join(example_lines(settings.values())))
        return 0
    rows = [_row(setting, options) for setting in settings.values()]
    if options.json:
        file = None if options.config is None else str(options.config)
        print(json.dumps({"file": file, "settings": rows}, ensure_ascii=False, indent=1))
    else:
        _print(rows, options.config)
    for line in _slips(settings.values()):
        print(line, file=sys.stderr)
    return 0


def _row(setting: Setting, options: Namespace) -> dict[str, Any]:
    """Return what is told of a setting."""
    value = getattr(options, setting.dest)
    if setting.secret:
        value = None if value in (None, "", ()) else "set"
    return {
        "name": setting.name,
        "value": value if isinstance(value, _PLAIN) else str(value),
        "from": options.origins[setting.name],
        "variable": setting.variable,
        "about": setting.about,
    }


def _print(rows: Iterable[Mapping[str, Any]], file: Path | None) -> None:
    style = Style()
    for row in rows:
        value = "–" if row["value"] in (None, "", ()) else _plain(row["value"])
        where = {"variable": row["variable"], "file": str(file)}.get(row["from"], row["from"])
        print(style.bold(row["name"].ljust(18)), value.ljust(24), style.dim(where))


def _plain(value: Any) -> str:
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value))
    return str(value).lower() if isinstance(value, bool) else str(value)


def example_lines(settings: Iterable[Setting]) -> Iterator[str]:
    """Yield the lines of a file that says what the defaults say, each setting explained.

    What has no value when nothing is said stands there as a comment.
    """
    yield "# Settings of Quoth. A variable (QUOTH_PORT) goes before this file, a flag (--port)"
    yield "# before both; `quoth settings` shows what is in force. Paths start at the folder that"
    yield "# Quoth is started in."
    for setting in settings:
        yield ""
        usual = f" (default: {setting.usual})" if setting.usual else ""
        allowed = f" One of: {', '.join(setting.choices)}." if setting.choices else ""
        about = f"{setting.about[:1].upper()}{setting.about[1:]}{usual}.{allowed}"
        yield from textwrap.wrap(about, _WIDE, initial_indent="# ", subsequent_indent="# ")
        if setting.default is None:
            yield f"# {setting.name} = {_toml([] if setting.many else setting.metavar or '')}"
        else:
            yield f"{setting.name} = {_toml(setting.default)}"


def _toml(value: Any) -> str:
    """Return a value in TOML; its strings are written as JSON's are."""
    if isinstance(value, list | tuple):
        return f"[{', '.join(_toml(each) for each in value)}]"
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")


def _slips(settings: Iterable[Setting]) -> Iterator[str]:
    """Yield a line for each variable that looks like a setting's and is none."""
    from difflib import get_close_matches

    known = [setting.variable for setting in settings]
    for name in sorted(os.environ):
        near = get_close_matches(name, known, 1, 0.85)
        if name.startswith("QUOTH_") and name not in known and near:
            yield f"{name} is set, but is no setting; the nearest is {near[0]}"
