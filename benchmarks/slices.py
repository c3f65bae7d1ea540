"""Every highlight a provable slice: ask many questions, compare all that is shown with the store.

    python -m benchmarks.slices DATA [--library DIR] [--no-build] [--questions 1000] [--seed 0]

DATA is a folder of SQuAD-format files; the questions are drawn from all of them, answerable or
not. A reply is checked in the form it is handed out: as JSON text, read back. The stored article
is what `quoth show ID --json` prints, read by a connection of its own. Ends with 1 on a mismatch.
"""

from __future__ import annotations

import argparse
import io
import json
import random
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import app
from benchmarks.pool import build
from qa.archive import Archive
from qa.as_json import reply_json


class Shown:
    """The articles as `quoth show ID --json` prints them, each asked for once."""

    def __init__(self, library: Path) -> None:
        self._library = library
        self._held: dict[str, dict[str, Any]] = {}

    def article(self, name: str) -> dict[str, Any]:
        """Return one article; an empty one when the command refuses."""
        if name not in self._held:
            out = io.StringIO()
            with redirect_stdout(out):
                code = app.main(["show", name, "--json", "--library", str(self._library)])
            self._held[name] = json.loads(out.getvalue()) if code == 0 else {"text": ""}
        return self._held[name]

    def __len__(self) -> int:
        return len(self._held)


def main() -> int:
    """Ask, check, print the counts; return 1 if anything shown is not a slice."""
    options = _options()
    if not options.no_build:
        build(options.data, options.library)
    asked = drawn(options.data, options.questions, options.seed)
    archive = Archive.open(options.library)
    shown, counts, wrong = Shown(options.library), Counter[str](), list[str]()
    for number, question in enumerate(asked, 1):
        reply = json.loads(json.dumps(reply_json(archive.ask(question, k=options.k))))
        counts[reply["status"]] += 1
        wrong += [f"{question!r}: {what}" for what in mismatches(reply, shown, counts)]
        if number % 100 == 0:
            print(f"{number} questions, {len(wrong)} mismatches", flush=True)
    archive.close()
    for line in wrong[:20]:
        print(line)
    parts = ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
    print(f"{len(asked)} questions over {len(shown)} articles shown: {parts}")
    print(f"{len(wrong)} mismatches")
    return 1 if wrong or not counts["highlights"] else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, help="folder of SQuAD-format files")
    parser.add_argument("--library", type=Path, default=Path("build-pool"))
    parser.add_argument("--no-build", action="store_true", help="use the library as it is")
    parser.add_argument("--questions", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("-k", type=int, default=5, help="extracts of a reply")
    return parser.parse_args()


def drawn(data: Path, most: int, seed: int) -> Sequence[str]:
    """Return `most` different questions of all files, drawn with a seed."""
    questions: dict[str, None] = {}
    for file in sorted(data.glob("*.json")):
        for article in json.loads(file.read_text(encoding="utf-8"))["data"]:
            for paragraph in article["paragraphs"]:
                questions.update((item["question"], None) for item in paragraph["qas"])
    usable = [question for question in questions if any(c.isalnum() for c in question)]
    return random.Random(seed).sample(usable, min(most, len(usable)))


def mismatches(reply: dict[str, Any], shown: Shown, counts: Counter[str]) -> Iterator[str]:
    """Yield what is wrong with a reply, and count what was compared."""
    for extract in [*reply["extracts"], *reply.get("nearest", [])]:
        counts["extracts"] += 1
        name = extract["article"]["id"]
        stored = shown.article(name)
        text, passage = stored["text"], extract["passage"]
        if any(stored.get(key) != value for key, value in extract["article"].items()):
            yield f"{name} is not described as it is stored"
        if not passage["text"] or text[passage["start"] : passage["end"]] != passage["text"]:
            yield f"{name}: passage {passage['start']}-{passage['end']} is no slice"
        for mark in extract["highlights"]:
            counts["highlights"] += 1
            counts[f"highlights of kind {mark['kind']}"] += 1
            if not mark["text"] or text[mark["start"] : mark["end"]] != mark["text"]:
                yield f"{name}: highlight {mark['start']}-{mark['end']} is no slice"
            if not passage["start"] <= mark["start"] < mark["end"] <= passage["end"]:
                yield f"{name}: highlight {mark['start']}-{mark['end']} leaves its passage"
        for other in extract["also_in"]:
            counts["copies"] += 1
            if shown.article(other["id"]).get("fingerprint") != other["fingerprint"]:
                yield f"{name}: its copy {other['id']} is not the stored one"


if __name__ == "__main__":
    raise SystemExit(main())
