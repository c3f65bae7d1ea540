"""How questions are answered: `AskRules`, and their JSON in a library.

Nothing here needs anything encoded again, so that `quoth tune` may choose it. What each rule does
is said where it is used: `qa.fuse`, `qa.decide`, `index.words`.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from corpus.errors import LibraryDamaged
from qa.decide import DEFAULT_BAR
from qa.fuse import FusionWeights

TUNED = "tuned"
"""Under this key a library remembers the rules that `quoth tune --apply` chose for it."""


@dataclass(frozen=True)
class AskRules:
    """How questions are answered; what `tune` may change without encoding anything again."""

    candidates: int = 100
    fusion: FusionWeights = field(default_factory=FusionWeights)
    title_weight: float = 0.3
    heading_weight: float = 0.3
    bar: float = DEFAULT_BAR
    read: int = 10

    def to_json(self) -> str:
        """Return the rules as one line of JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> AskRules:
        """Read what `to_json` wrote; a rule that is not named keeps its default.

        Raises:
            LibraryDamaged: the text holds no rules, or one this version does not know.
        """
        try:
            found = json.loads(text)
            fusion = FusionWeights(**_numbers(FusionWeights, found.pop("fusion", {})))
            return AskRules(fusion=fusion, **_numbers(AskRules, found))
        except (ValueError, TypeError, AttributeError) as error:
            raise LibraryDamaged(
                f"the tuned settings of this library cannot be read ({error}); go back to the "
                "defaults with: quoth tune --reset"
            ) from None

    def flat(self) -> dict[str, int | float]:
        """Return every rule by a name of its own, as a report records it.

        >>> AskRules(fusion=FusionWeights(meaning=0.5)).flat()["fusion.meaning"]
        0.5
        """
        record = asdict(self)
        inner = record.pop("fusion")
        return record | {f"fusion.{name}": value for name, value in inner.items()}

    def having(self, name: str, value: float) -> AskRules:
        """Return the rules with one setting changed, by its name in `flat`.

        >>> AskRules().having("fusion.meaning", 1.0).fusion.meaning
        1.0
        """
        group, _, inner = name.rpartition(".")
        change: dict[str, Any] = {inner: value}
        if group:
            return replace(self, fusion=replace(self.fusion, **change))
        return replace(self, **change)


def _numbers(kind: type[AskRules] | type[FusionWeights], found: dict[str, Any]) -> dict[str, Any]:
    """Return what was found, each value a number of the kind its field has."""
    known = {item.name: item.type for item in fields(kind)}
    for name, value in found.items():
        if name not in known:
            raise ValueError(f"no setting is called {name!r:.40}")
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise TypeError(f"{name} is {value!r:.40}, not a number")
        if known[name] == "int" and not isinstance(value, int):
            raise TypeError(f"{name} is {value}, not a whole number")
    return found
