"""A setting: an option that keeps its meaning from one run to the next.

Its name gives it all three ways in: `read-ms` is the flag `--read-ms`, the variable
`QUOTH_READ_MS`, and the key `read-ms` of a file. What is typed there is checked here, once and in
one way. Which of the ways is taken is `cli.sources`' business.
"""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from cli.values import text

_SECRET = re.compile(r"token|secret|passw|key")
_SAID = {"true": True, "yes": True, "on": True, "1": True,
         "false": False, "no": False, "off": False, "0": False}  # fmt: skip


class SettingError(Exception):
    """A value that a setting cannot have; the message says what it may be."""


@dataclass(frozen=True)
class Setting:
    """What is declared of a setting; `read` makes its value out of what was typed.

    `usual` says in words what happens when it is None. With `many` its value is a tuple, and the
    flag may be repeated; with `switch` it is true or false, and the flag takes no value.
    """

    name: str
    about: str
    default: Any = None
    read: Callable[[str], Any] = str
    metavar: str | None = None
    usual: str = ""
    choices: tuple[str, ...] = ()
    many: bool = False
    switch: bool = False

    @property
    def dest(self) -> str:
        """Name of the attribute that holds its value among the options."""
        return self.name.replace("-", "_")

    @property
    def variable(self) -> str:
        """Name of its environment variable."""
        return f"QUOTH_{self.dest.upper()}"

    @property
    def secret(self) -> bool:
        """Tell whether its value must not be printed."""
        return _SECRET.search(self.name) is not None

    def add_to(self, command: argparse._ActionsContainer) -> None:
        """Give a command the flag; without it the command's options lack the attribute."""
        usual = self.usual or ("" if self.default in (None, ()) else str(self.default))
        ways = f"{self.variable}; default: {usual}" if usual else self.variable
        known: dict[str, Any] = {
            "default": argparse.SUPPRESS, "help": f"{self.about} ({ways})".replace("%", "%%"),
        }  # fmt: skip
        if self.switch:
            known["action"] = argparse.BooleanOptionalAction
        else:
            known |= {"type": self._typed, "metavar": self.metavar}
            known |= {"choices": self.choices} if self.choices else {}
            known |= {"action": "append"} if self.many else {}
        command.add_argument(f"--{self.name}", **known)

    def from_text(self, given: str) -> Any:
        """Return the value of a variable's text; several are separated by commas.

        Raises:
            SettingError: it cannot be that.
        """
        if self.many:
            return tuple(self._one(part.strip()) for part in given.split(",") if part.strip())
        return self._one(given)

    def from_file(self, value: Any) -> Any:
        """Return the value of what TOML made of a key: text, a number, true or false, a list.

        Raises:
            SettingError: it cannot be that.
        """
        if isinstance(value, list) and self.many:
            return tuple(self._one(self._plain(each)) for each in value)
        one = self._one(self._plain(value))
        return (one,) if self.many else one

    def _plain(self, value: Any) -> str:
        """Return a TOML value as it would have been typed."""
        if isinstance(value, bool) and self.switch:
            return "true" if value else "false"
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            allowed = "true or false" if self.switch else "one value, in quotes or a number"
            allowed = "a list of such values" if self.many else allowed
            raise SettingError(f"{self._shown(value)} is not what it may be: {allowed}")
        return str(value)

    def _one(self, given: str) -> Any:
        if self.switch:
            if given.strip().lower() not in _SAID:
                raise SettingError(f"{self._shown(given)} is not true or false")
            return _SAID[given.strip().lower()]
        if self.choices and given not in self.choices:
            raise SettingError(f"{self._shown(given)} is none of: {', '.join(self.choices)}")
        try:
            return self._typed(given)
        except (argparse.ArgumentTypeError, ValueError, TypeError) as error:
            if self.secret:
                raise SettingError("its value is not what it may be") from None
            told = isinstance(error, argparse.ArgumentTypeError)
            raise SettingError(
                str(error) if told else f"{given!r} is not what it may be"
            ) from error

    def _typed(self, given: str) -> Any:
        return self.read(text(given))

    def _shown(self, value: object) -> str:
        if self.secret:
            return "its value"
        return str(value).lower() if isinstance(value, bool) else repr(value)
