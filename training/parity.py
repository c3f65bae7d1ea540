"""What the trained model says of a few passages, kept beside its compiled form.

The tests run the compiled reader over the same inputs and compare: that proves it says what was
trained, on any machine, without the weights in their first form.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import torch

from cli.ingest import sample_folders
from qa.reader.model import batch_of
from qa.reader.tokens import ReaderTokenizer, Tokens, Window
from training.model import ReaderModel

INPUTS = 40
_CHARACTERS = 900


def windows(tokenizer: ReaderTokenizer) -> Iterator[Window]:
    """Yield one window a sample question whose article is plain text: its beginning."""
    root = sample_folders()[0].parent
    for text in (root / "questions.jsonl").read_text(encoding="utf-8").splitlines():
        item = json.loads(text)
        file = root / item.get("article", "")
        if file.suffix in {".md", ".txt"}:
            words = file.read_text(encoding="utf-8")[:_CHARACTERS]
            asked = tokenizer.tokens(item["question"])
            yield tokenizer.window(asked, Tokens((), ()), tokenizer.tokens(words))


def record(model: ReaderModel, tokenizer: ReaderTokenizer) -> list[dict[str, Any]]:
    """Return inputs with the model's outputs in 32 bits, rounded to three places."""
    return [
        {
            "ids": window.ids,
            "types": window.types,
            "first": window.first,
            "start": start,
            "end": end,
            "relevance": relevance,
        }
        for window, (start, end, relevance) in zip(
            chosen(tokenizer), _outputs(model, chosen(tokenizer)), strict=True
        )
    ]


def chosen(tokenizer: ReaderTokenizer) -> list[Window]:
    """Return the inputs that are compared."""
    return list(windows(tokenizer))[:INPUTS]


def _outputs(
    model: ReaderModel, inputs: Sequence[Window]
) -> Iterator[tuple[list[float], list[float], float]]:
    with torch.inference_mode():
        for window in inputs:
            ids, mask, types = (torch.from_numpy(part) for part in batch_of([window]))
            logits = model(ids, mask, types)
            yield (
                [round(x, 3) for x in logits.start[0].tolist()],
                [round(x, 3) for x in logits.end[0].tolist()],
                round(float(logits.relevance[0]), 3),
            )


def write(model: ReaderModel, tokenizer: ReaderTokenizer, file: Path) -> None:
    """Write the record as JSON."""
    file.write_text(json.dumps(record(model, tokenizer)) + "\n", encoding="utf-8")
