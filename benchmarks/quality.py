"""Quality floors: what the sample questions must give, whatever is changed.

    python -m benchmarks.quality [--raise] [--accept "REASON"]

The sample articles are ingested with the real encoder and the sample questions asked; a measure
more than its noise below its floor is an error. So is data that changed unannounced, and a floor
that was lowered by hand: `quality.json` carries a seal over its floors and the reasons given for
them. `--raise` lifts floors to what was measured; only `--accept`, which writes its reason into
the file, lowers one or takes changed data over.

The figures repeat exactly on one machine. The noise allowed is two questions: between machines
the last bits of a vector differ, and that turns no more of them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Sequence
from math import inf
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, NamedTuple

from cli.ingest import sample_folders
from index.ingest import ingest
from index.sentence_encoder import SentenceEncoder
from qa.archive import Archive
from qa.evaluate.check import check
from qa.evaluate.load import load_testset
from qa.evaluate.runner import evaluate
from qa.reader.choose import reader_for

PINNED = Path(__file__).with_name("quality.json")
MEASURES = (
    "success@1", "success@5", "rr@10", "article.success@1", "shown", "lit.sentence", "decided",
    "auroc",
)  # fmt: skip
_TURNED = 2
"""Questions that may turn from machine to machine."""


class Measured(NamedTuple):
    """Digests of the data, and each measure with the noise of two questions."""

    data: dict[str, str]
    values: dict[str, float]
    noise: dict[str, float]


class QualityError(Exception):
    """The file of floors was not changed the way it is meant to be."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, compare, and write what was asked for; 1 when something is wrong."""
    options = _options(arguments)
    try:
        pinned = read(PINNED)
        measured = measure()
        if options.accept is not None or options.lift:
            pinned = updated(pinned, measured, options.accept)
            PINNED.write_text(json.dumps(pinned, indent=1, ensure_ascii=False) + "\n", "utf-8")
        problems = judge(pinned, measured)
    except QualityError as error:
        print(f"quality: {error}")
        return 1
    for name, value in measured.values.items():
        floor = pinned["floors"].get(name, {})
        print(f"  {name:<18} {value:.4f}   floor {floor.get('floor', 0):.4f}")
    for line in problems:
        print(f"quality: {line}")
    return 1 if problems else 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--raise", dest="lift", action="store_true", help="lift the floors")
    parser.add_argument("--accept", metavar="REASON", help="take over what was measured, and why")
    return parser.parse_args(arguments)


def measure() -> Measured:
    """Build a library of the sample articles, and ask the sample questions."""
    folders = sample_folders()
    questions = folders[0].parent / "questions.jsonl"
    encoder = SentenceEncoder()
    with TemporaryDirectory(prefix="quoth-quality-") as temporary:
        ingest(folders, Path(temporary), encoder)
        archive = Archive.open(Path(temporary), reader=reader_for(milliseconds=inf))
        report = evaluate(archive, check(load_testset(questions), archive))
        archive.close()
    if report.findings:
        raise QualityError(f"the sample questions do not fit the articles: {report.findings[0]}")
    found = {item.name: item for item in report.measures if item.name in MEASURES}
    values = {name: found[name].mean or 0.0 for name in MEASURES}
    noise = {name: round(_TURNED / found[name].n, 4) for name in MEASURES}
    articles = (path for folder in folders for path in folder.iterdir() if path.is_file())
    data = {"questions": _digest([questions]), "articles": _digest(sorted(articles))}
    return Measured(data, values, noise)


def judge(pinned: dict[str, Any], measured: Measured) -> list[str]:
    """Return what is wrong, one line each."""
    problems = [
        f"the sample {name} changed; if that is meant: --accept 'what was changed'"
        for name, digest in measured.data.items()
        if pinned["data"].get(name) != digest
    ]
    for name, value in measured.values.items():
        floor = pinned["floors"].get(name)
        if floor is None:
            problems.append(f"{name} has no floor; give it one: --accept 'why'")
        elif value < floor["floor"] - floor["noise"] - 1e-9:
            problems.append(
                f"{name} is {value:.4f}, more than its noise of {floor['noise']:.4f} below the "
                f"floor of {floor['floor']:.4f}"
            )
    return problems


def updated(pinned: dict[str, Any], measured: Measured, reason: str | None) -> dict[str, Any]:
    """Return new floors: lifted, or with a reason whatever was measured.

    Raises:
        QualityError: something would be lowered or replaced without a reason.
    """
    if reason is None:
        if pinned["data"] != measured.data:
            raise QualityError("the data changed; say why: --accept REASON")
        kept = {name: item["floor"] for name, item in pinned["floors"].items()}
    elif not reason.strip():
        raise QualityError("--accept needs a reason in words")
    else:
        kept = {}
    floors = {
        name: {"floor": round(max(value, kept.get(name, 0.0)), 4), "noise": measured.noise[name]}
        for name, value in measured.values.items()
    }
    lowered = {
        name: [item["floor"], floors[name]["floor"]]
        for name, item in pinned["floors"].items()
        if name in floors and floors[name]["floor"] < item["floor"]
    }
    accepted = list(pinned["accepted"])
    if reason is not None:
        accepted.append({"reason": reason.strip(), "lowered": lowered})
    return sealed({"data": measured.data, "floors": floors, "accepted": accepted})


def read(path: Path) -> dict[str, Any]:
    """Read the pinned floors; without a file there are none yet.

    Raises:
        QualityError: the floors, or their reasons, were edited by hand.
    """
    if not path.exists():
        return sealed({"data": {}, "floors": {}, "accepted": []})
    pinned: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    if sealed(pinned)["seal"] != pinned.get("seal"):
        raise QualityError(
            f"{path.name} was edited by hand; restore it, and say why a floor is to be another: "
            "python -m benchmarks.quality --accept REASON"
        )
    return pinned


def sealed(pinned: dict[str, Any]) -> dict[str, Any]:
    """Return the floors with a digest of all that stands beside them."""
    rest = {name: value for name, value in pinned.items() if name != "seal"}
    text = json.dumps(rest, sort_keys=True, ensure_ascii=False)
    return rest | {"seal": hashlib.blake2b(text.encode(), digest_size=16).hexdigest()}


def _digest(paths: Sequence[Path]) -> str:
    """Return a digest of the names and bytes of files."""
    digest = hashlib.blake2b(digest_size=16)
    for path in paths:
        digest.update(path.name.encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


if __name__ == "__main__":
    raise SystemExit(main())
