"""How fast passages are encoded: the compiled encoder beside PyTorch, in one run.

    python -m benchmarks.encoding DATA [--passages 240] [--rounds 5]

DATA is a folder of SQuAD-format files; its paragraphs are split as an ingest splits them. The ways
take turns, a slice of passages each, so that whatever else the machine does hurts all of them
alike. `cores` is how much of the processor a way was given: where other work takes most of it, the
rate by the clock says little, and the rate per second of the processor is what to compare. Its
ratio is to sentence-transformers' own `encode` (batches of 32, sorted by length) in one thread,
because threads that wait for each other on a busy machine burn time that is not work. Cosines are
to its vectors, over all passages. At the end the sample articles are ingested, whole, in turn.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter, process_time
from typing import Any, NamedTuple

import numpy as np

from cli.ingest import sample_folders
from corpus.article import Article
from corpus.chunk import split
from corpus.clean import clean_text
from index.encoder import PassageInput, Vectors, unit_rows
from index.ingest import ingest
from index.models import DEFAULT_MODEL
from index.original import TorchNetwork, load_original
from index.pending import passage_input
from index.sentence_encoder import SentenceEncoder

SETS = ("squad2", "xquad.en", "amazon", "reddit")
BASE, ONE_THREAD = "sentence-transformers", "… in one thread"


class Way(NamedTuple):
    """A way to encode, and what came of it: vectors, seconds and seconds of the processor."""

    name: str
    encode: Callable[[Sequence[PassageInput]], Vectors]
    rows: list[Vectors]
    wall: list[float]
    cpu: list[float]


def main() -> None:
    """Encode the same passages in all ways, and print rates, ratios and cosines."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path, help="folder of SQuAD-format files")
    parser.add_argument("--passages", type=int, default=240)
    parser.add_argument("--rounds", type=int, default=5)
    options = parser.parse_args()
    compiled, original = SentenceEncoder(), SentenceEncoder(loading=load_original)
    ways = [
        _way(BASE, partial(_published, original._network)),
        _way(ONE_THREAD, partial(_one_thread, original._network)),
        _way("original, one by one", _ours(original)),
        _way("compiled, fp32", _ours(compiled)),
        _way("compiled, int8", _ours(SentenceEncoder(f"{DEFAULT_MODEL}@int8"))),
    ]
    passages = real_passages(options.data, options.passages, compiled)
    tokens = np.array(compiled.count([item.context + item.text for item in passages]))
    for way in ways:
        way.encode(passages[:8])  # warm
    slices = [passages[at :: options.rounds] for at in range(options.rounds)]
    for number, part in enumerate(slices):
        for way in ways[number % len(ways) :] + ways[: number % len(ways)]:
            _measure(way, part)
    print(
        f"{len(passages)} passages, {tokens.mean():.0f} tokens on average, {options.rounds} turns"
    )
    _print(ways, len(passages))
    _print_ingest({"original": original, "compiled": compiled})


def _way(name: str, encode: Callable[[Sequence[PassageInput]], Vectors]) -> Way:
    return Way(name, encode, [], [], [])


def _ours(encoder: SentenceEncoder) -> Callable[[Sequence[PassageInput]], Vectors]:
    return lambda inputs: encoder.encode_passages(inputs).passages


def _published(network: Any, inputs: Sequence[PassageInput]) -> Vectors:
    """Encode as sentence-transformers does by itself."""
    if not isinstance(network, TorchNetwork):
        raise TypeError("the original is run by PyTorch")
    texts = [item.context + item.text for item in inputs]
    return unit_rows(network.model.encode(texts, batch_size=32, show_progress_bar=False))


def _one_thread(network: Any, inputs: Sequence[PassageInput]) -> Vectors:
    import torch

    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        return _published(network, inputs)
    finally:
        torch.set_num_threads(before)


def real_passages(data: Path, most: int, encoder: SentenceEncoder) -> list[PassageInput]:
    """Return passages of public paragraphs, drawn with a seed from all files alike."""
    found: list[PassageInput] = []
    for name in SETS:
        whole = json.loads((data / f"{name}.json").read_text(encoding="utf-8"))["data"]
        texts = sorted({p["context"] for article in whole for p in article["paragraphs"]})
        random.Random(0).shuffle(texts)
        for number, text in enumerate(texts[:most]):
            article = Article(f"{name}{number}", name, clean_text(text), f"{name}.json")
            found += [passage_input(chunk, "trail") for chunk in split(article, encoder)]
    random.Random(0).shuffle(found)
    return found[:most]


def _measure(way: Way, part: Sequence[PassageInput]) -> None:
    cpu, wall = process_time(), perf_counter()
    way.rows.append(way.encode(part))
    way.wall.append(perf_counter() - wall)
    way.cpu.append(process_time() - cpu)


def _print(ways: Sequence[Way], passages: int) -> None:
    expected, alone = np.concatenate(ways[0].rows), sum(ways[1].cpu)
    print(
        f"  {'':<22} {'per s':>7} {'cores':>6} {'per cpu s':>10} {'ratio':>6}   cosine: least, mean"
    )
    for way in ways:
        cosine = (np.concatenate(way.rows) * expected).sum(axis=1)
        wall, cpu = sum(way.wall), sum(way.cpu)
        print(
            f"  {way.name:<22} {passages / wall:>7.1f} {cpu / wall:>6.2f} "
            f"{passages / cpu:>10.1f} {alone / cpu:>6.2f}   "
            f"{cosine.min():.5f} {cosine.mean():.5f}"
        )


def _print_ingest(encoders: Mapping[str, SentenceEncoder]) -> None:
    for name, encoder in encoders.items():
        with TemporaryDirectory(prefix="quoth-encoding-") as temporary:
            cpu, wall = process_time(), perf_counter()
            passages = ingest(sample_folders(), Path(temporary), encoder).passages
            cpu, wall = process_time() - cpu, perf_counter() - wall
        print(
            f"  ingest, {name:<14} {passages / wall:>7.1f} passages/s, {passages / cpu:.1f} per "
            "second of the processor"
        )


if __name__ == "__main__":
    main()
