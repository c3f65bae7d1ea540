"""Where the value of a setting comes from: its flag, its variable, the file, or the default.

The file is `quoth.toml` in the current folder, or the one that `--config` or `QUOTH_CONFIG` names;
a key of it that is none is refused, so that a slip is not taken for the default. A variable that
is empty counts as one that is not set. What a setting may be is told by `cli.setting`.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from shlex import quote
from typing import Any, Literal, NoReturn

from cli.setting import Setting, SettingError

CONFIG = "quoth.toml"
VARIABLE = "QUOTH_CONFIG"
Origin = Literal["flag", "variable", "file", "default"]


class Parser(argparse.ArgumentParser):
    """Reads what was typed, and fills in the settings that were not.

    What is wrong is said in one line that ends with where to read about it.
    """

    def __init__(self, *args: Any, **known: Any) -> None:
        super().__init__(*args, **known)
        self.settings: dict[str, Setting] = {}
        self.known: dict[str, Setting] = {}
        """Those of all commands: what a file may hold."""

    def add_setting(self, setting: Setting, group: argparse._ArgumentGroup | None = None) -> None:
        """Give this command a setting; its help shows it in `group`."""
        setting.add_to(group or self)
        self.settings[setting.name] = setting

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """Parse, and fill in; the options gain `origins`, by setting, and `config`, the file."""
        options, rest = super().parse_known_args(args, namespace)
        if self.settings:
            if rest:
                self.error(
                    f"unrecognized arguments: {' '.join(rest)}{_hint(self.prog, options, rest)}"
                )
            try:
                _fill_in(options, self.settings, self.known)
            except SettingError as error:
                self.error(str(error))
        return options, rest

    def _print_message(self, message: str, file: Any = None) -> None:
        """Print; that a help could not be written (a full disk) is an error like any other."""
        if file is sys.stdout:
            file.write(message)
            file.flush()
        else:
            super()._print_message(message, file)

    def error(self, message: str) -> NoReturn:
        """End with code 2; the line names the option and the next command."""
        self.exit(2, f"quoth: {' '.join(message.split())}; see: {self.prog} --help\n")


def _hint(prog: str, options: argparse.Namespace, rest: list[str]) -> str:
    """Return what may have been meant by words that are too many."""
    files = [word for word in rest if word.startswith("-") and Path(word).exists()]
    if files:
        return f"; a file of that name is: ./{files[0]}"
    if "question" in options and not any(word.startswith("-") for word in rest):
        return f"; put the question in quotes: {prog} {quote(' '.join([options.question, *rest]))}"
    return ""


@dataclass(frozen=True)
class ConfigFile:
    """What a file holds; without a file, nothing."""

    path: Path | None = None
    text: str = ""
    values: Mapping[str, Any] = field(default_factory=dict)

    def where(self, key: str) -> str:
        """Return where a key stands, for people: file and line."""
        for number, line in enumerate(self.text.splitlines(), 1):
            if re.match(rf"""\s*\[*["']?{re.escape(key)}["']?\s*[=.\]]""", line):
                return f"{self.path}, line {number}"
        return str(self.path)


def was_typed(options: argparse.Namespace, name: str) -> bool:
    """Tell whether a setting was given as a flag."""
    return bool(options.origins[name] == "flag")


def _fill_in(
    options: argparse.Namespace, settings: Mapping[str, Setting], known: Mapping[str, Setting]
) -> None:
    file = _read(_named(options))
    for key in file.values:
        if key not in known:
            raise SettingError(f"{file.where(key)}: {key!r} is no setting{_nearest(key, known)}")
    options.config = file.path
    options.origins = {}
    for name, setting in settings.items():
        options.origins[name], value = _value(options, setting, file)
        setattr(options, setting.dest, value)


def _value(options: argparse.Namespace, setting: Setting, file: ConfigFile) -> tuple[Origin, Any]:
    if hasattr(options, setting.dest):
        typed = getattr(options, setting.dest)
        return "flag", tuple(typed) if setting.many else typed
    text = os.environ.get(setting.variable)
    if text:
        try:
            return "variable", setting.from_text(text)
        except SettingError as error:
            raise SettingError(f"{setting.variable}, for --{setting.name}: {error}") from error
    if setting.name in file.values:
        try:
            return "file", setting.from_file(file.values[setting.name])
        except SettingError as error:
            place = file.where(setting.name)
            raise SettingError(f"{place}: {setting.name}: {error}") from error
    return "default", setting.default


def _named(options: argparse.Namespace) -> Path | None:
    """Return the file that is meant, or None when there is none and none was asked for."""
    named = getattr(options, "config", None) or os.environ.get(VARIABLE)
    if named:
        return Path(named)
    usual = Path(CONFIG)
    return usual if usual.is_file() else None


def _read(path: Path | None) -> ConfigFile:
    if path is None:
        return ConfigFile()
    import tomllib

    try:
        text = path.read_text(encoding="utf-8-sig")
        values = tomllib.loads(text)
        repr(values)  # a number too long to be told is refused here, with what is no TOML
        return ConfigFile(path, text, values)
    except OSError as error:
        raise SettingError(
            f"{path} cannot be read ({error.strerror or error}); name another file with --config, "
            f"or write one: quoth settings --example > {CONFIG}"
        ) from error
    except ValueError as error:  # bytes that are no UTF-8, too
        raise SettingError(f"{path} is not valid TOML: {error}") from error
    except RecursionError:
        raise SettingError(f"{path} is nested too deeply; no setting is") from None


def _nearest(key: str, known: Mapping[str, Setting]) -> str:
    from difflib import get_close_matches

    near = get_close_matches(key.replace("_", "-"), known, 1, 0.65)  # serve is no slip of store
    return f"; the nearest is {near[0]!r}" if near else f"; there are: {', '.join(sorted(known))}"
