"""What a library remembers of its calibration: `Calibration`, its JSON, and whether it holds.

It was fitted for one reader, over one state of the library, with certain settings of finding.
With another reader its numbers mean nothing, and it is not applied; the other two shift slowly,
and are only told.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from corpus.errors import LibraryDamaged
from qa.calibrate.isotonic import Points, interpolated
from qa.rules import AskRules

CALIBRATED = "calibrated"
"""Under this key a library remembers its calibration; an empty value is none."""

_KINDS: dict[str, tuple[type, ...]] = {
    "float": (int, float), "float | None": (int, float, type(None)), "int": (int,),
    "str": (str,), "bool": (bool,), "Points": (),
}  # fmt: skip


@dataclass(frozen=True)
class Calibration:
    """A promise, the bar that keeps it, and the questions both were fitted on.

    `promised` is the share of wrong answers among the questions asked. Of the `questions`,
    `answerable` had an answer; with `left_out` each of those was asked a second time without the
    articles that answer, and its two losses count one half each. `coverage` is the share of the
    questions answered, `coverage_answerable` that of the answerable ones asked as they are;
    `wrong` is the share answered wrongly, `wrong_among_answers` that of the answers given.
    """

    promised: float
    bar: float
    questions: int
    answerable: int
    left_out: bool
    made_up: bool
    coverage: float
    coverage_answerable: float | None
    wrong: float
    wrong_among_answers: float | None
    points: Points
    testset: str
    digest: str
    reader: str
    library: str
    settings: str

    def shown(self, raw: float) -> float:
        """Return the probability, for people, that a reply of this raw confidence is right."""
        return interpolated(self.points, raw)

    def to_json(self) -> str:
        """Return the calibration as one line of JSON with sorted keys."""
        return json.dumps(asdict(self), sort_keys=True)

    @staticmethod
    def from_json(text: str) -> Calibration:
        """Read what `to_json` wrote.

        Raises:
            LibraryDamaged: the text holds no calibration.
        """
        try:
            found = json.loads(text)
            points = tuple((float(raw), float(shown)) for raw, shown in found.pop("points"))
            return Calibration(points=_rising(points), **_typed(found))
        except (ValueError, TypeError, AttributeError, KeyError) as error:
            raise LibraryDamaged(
                f"the calibration of this library cannot be read ({error}); take it away with: "
                "quoth calibrate --reset"
            ) from None


def changes(calibration: Calibration, *, reader: str, library: str, rules: AskRules) -> list[str]:
    """Say what is not any more as it was when the calibration was fitted."""
    return list(_changes(calibration, reader, library, rules))


def _changes(calibration: Calibration, reader: str, library: str, rules: AskRules) -> Iterator[str]:
    if calibration.reader != reader:
        yield f"it was fitted for reader {calibration.reader}, not {reader}, and is not applied"
    if calibration.library != library:
        yield "the library has changed since"
    if calibration.settings != settings_digest(rules):
        yield "the settings of finding have changed since"


def settings_digest(rules: AskRules) -> str:
    """Return a digest of the rules that shape a confidence: all but the bar."""
    same = replace(rules, bar=0.0).to_json()
    return hashlib.blake2b(same.encode(), digest_size=8).hexdigest()


def _rising(points: Points) -> Points:
    """Return the points, if they can be interpolated."""
    raws = [raw for raw, _ in points]
    shown = [probability for _, probability in points]
    if not points or raws != sorted(set(raws)) or shown != sorted(shown):
        raise ValueError("its points do not rise")
    if not 0 <= shown[0] <= shown[-1] <= 1:
        raise ValueError("its points are no probabilities")
    return points


def _typed(found: dict[str, Any]) -> dict[str, Any]:
    """Return what was found, each value of the kind its field has."""
    known = {item.name: _KINDS[str(item.type)] for item in fields(Calibration)}
    for name, value in found.items():
        kinds = known[name]
        if not isinstance(value, kinds) or (isinstance(value, bool) and kinds != (bool,)):
            raise TypeError(f"{name} is {value!r:.40}")
    return found
