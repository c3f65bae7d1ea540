"""Train the reader from the packaged encoder's weights.

    python -m training.train DATA --out DIR [--leave GROUP] [--epochs 1] [--seed 0] [--from DIR]

`--leave` names a group of sets (see `training.questions.GROUPS`) that is kept out altogether, as
questions and as a source of wrong passages. Run it again to go on from the last checkpoint; the
same seed gives the same batches. Uses a GPU when there is one, else bfloat16 on the CPU.
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Iterator, Sequence
from itertools import islice
from pathlib import Path
from time import perf_counter

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor
from torch.nn import functional

from index.models import packaged_model
from qa.reader.tokens import ReaderTokenizer
from training.examples import Examples, Shown, Unit
from training.model import Logits, ReaderModel, packaged_encoder
from training.questions import GROUPS, SETS, read_sets

UNITS = 16
"""Questions in a batch: up to twice as many inputs."""
SORTED = 64
"""Batches whose questions are sorted by length together, so that little padding is computed."""
WARM_UP = 0.06
WEIGHT_DECAY = 0.01
CHECKPOINT_EVERY = 200
CHECKPOINT = "checkpoint.safetensors"


def main() -> None:
    """Train, or go on with a training that was stopped."""
    options = _options()
    torch.manual_seed(options.seed)
    left = GROUPS[options.leave] if options.leave else ()
    sets = [name for name in SETS if name not in left]
    tokenizer = ReaderTokenizer(packaged_model())
    model = ReaderModel(packaged_encoder(packaged_model()))
    if options.start:
        model.load_state_dict(load_file(options.start / "model.safetensors"))
    questions = read_sets(options.data, sets)
    batches: list[list[Unit]] = []
    examples = Examples(tokenizer, options.mined, sets)
    for number in range(options.epochs):
        units = examples.epoch(questions, seed=1000 * options.seed + number)
        batches += batched(units, random.Random(number))
    options.out.mkdir(parents=True, exist_ok=True)
    Training(model, batches, options.out, options.rate).run()
    about = {"sets": sets, "left_out": left, "epochs": options.epochs, "seed": options.seed,
             "rate": options.rate, "from": str(options.start or packaged_model().name),
             "batches": len(batches)}  # fmt: skip
    (options.out / "about.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--mined", type=Path, default=Path("build-training/mined.json"))
    parser.add_argument("--leave", choices=sorted(GROUPS))
    parser.add_argument("--epochs", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--rate", type=float, default=1.2e-4, help="highest learning rate")
    parser.add_argument("--from", dest="start", type=Path, help="weights to start from")
    return parser.parse_args()


def batched(units: Sequence[Unit], rng: random.Random) -> list[list[Unit]]:
    """Return batches of like length in random order."""
    pools = iter(units)
    batches = []
    while pool := list(islice(pools, UNITS * SORTED)):
        pool.sort(key=lambda unit: unit.length)
        batches += [pool[at : at + UNITS] for at in range(0, len(pool), UNITS)]
    rng.shuffle(batches)
    return batches


class Training:
    """One run over all batches: AdamW, linear warm-up and decay, checkpoints."""

    def __init__(
        self, model: ReaderModel, batches: Sequence[list[Unit]], out: Path, rate: float
    ) -> None:
        self._device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
        self._model = model.to(self._device).train()
        self._batches = batches
        self._out = out
        self._step = 0
        named = [(n, p) for n, p in model.named_parameters() if p.requires_grad]
        heads = [p for n, p in named if not n.startswith("encoder.")]
        body = [p for n, p in named if n.startswith("encoder.") and p.ndim > 1]
        plain = [p for n, p in named if n.startswith("encoder.") and p.ndim == 1]
        self._trained = [*body, *plain, *heads]
        self._optimizer = torch.optim.AdamW(
            [
                {"params": body, "lr": rate, "weight_decay": WEIGHT_DECAY},
                {"params": plain, "lr": rate, "weight_decay": 0.0},
                {"params": heads, "lr": 4 * rate, "weight_decay": 0.0},
            ],
            betas=(0.9, 0.98),
        )
        self._rates = [group["lr"] for group in self._optimizer.param_groups]

    def run(self) -> None:
        """Train to the end and write `model.safetensors`."""
        self.run_until(len(self._batches))
        save_file(self._model.state_dict(), self._out / "model.safetensors")
        (self._out / CHECKPOINT).unlink(missing_ok=True)

    def run_until(self, step: int) -> None:
        """Go on from the last checkpoint to a step, and leave a checkpoint there."""
        self._resume()
        started, seen, mean = perf_counter(), 0, 0.0
        for batch in self._batches[self._step : step]:
            loss, inputs = self._train_on(batch)
            seen += inputs
            mean = 0.98 * mean + 0.02 * loss if mean else loss
            if self._step % 50 == 0:
                rate = seen / (perf_counter() - started)
                print(f"{self._step}/{len(self._batches)} loss {mean:.3f} {rate:.1f}/s", flush=True)
            if self._step % CHECKPOINT_EVERY == 0:
                self._checkpoint()
        self._checkpoint()

    def _train_on(self, batch: Sequence[Unit]) -> tuple[float, int]:
        shown = [item for unit in batch for item in unit.shown]
        ids, mask, types = (part.to(self._device) for part in padded(shown))
        with torch.autocast(self._device.type, torch.bfloat16):
            logits = self._model(ids, mask, types)
        loss = loss_of(logits, batch)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._trained, 1.0)
        for group, rate in zip(self._optimizer.param_groups, self._rates, strict=True):
            group["lr"] = rate * self._share(self._step)
        self._optimizer.step()
        self._optimizer.zero_grad(set_to_none=True)
        self._step += 1
        return loss.item(), len(shown)

    def _share(self, step: int) -> float:
        """Return the share of the highest learning rate at a step."""
        total = max(1, len(self._batches))
        warm = max(1, int(WARM_UP * total))
        return min((step + 1) / warm, max(0.02, (total - step) / max(1, total - warm)))

    def _checkpoint(self) -> None:
        tensors = {f"model.{n}": t for n, t in self._model.state_dict().items()}
        for number, weights in enumerate(self._trained):
            state = self._optimizer.state[weights]
            tensors |= {f"adam.{k}.{number}": t.clone() for k, t in state.items()}
        tensors["step"] = torch.tensor([self._step])
        beside = self._out / "checkpoint.tmp"
        save_file(tensors, beside)
        beside.replace(self._out / CHECKPOINT)

    def _resume(self) -> None:
        file = self._out / CHECKPOINT
        if not file.exists():
            return
        tensors = load_file(file, device=str(self._device))
        prefix = "model."
        self._model.load_state_dict(
            {n.removeprefix(prefix): t for n, t in tensors.items() if n.startswith(prefix)}
        )
        for number, weights in enumerate(self._trained):
            self._optimizer.state[weights] = {
                key: tensors[f"adam.{key}.{number}"] for key in ("step", "exp_avg", "exp_avg_sq")
            }
        self._step = int(tensors["step"][0])
        print(f"goes on from step {self._step}", flush=True)


def padded(shown: Sequence[Shown]) -> Iterator[Tensor]:
    """Yield ids, mask and types of a batch, int64 `(b, t)` each."""
    longest = max(len(item.window.ids) for item in shown)
    rows = [(item.window.ids, (1,) * len(item.window.ids), item.window.types) for item in shown]
    for column in range(3):
        yield torch.tensor([[*row[column], *(0,) * (longest - len(row[column]))] for row in rows])


def loss_of(logits: Logits, batch: Sequence[Unit]) -> Tensor:
    """Return the joint loss: where the answer is, whether there is one, and right above wrong.

    Wrong passages are half as heavy in the first: "none" is learnt soon, places are not.
    """
    shown = [item for unit in batch for item in unit.shown]
    device = logits.relevance.device
    start = torch.tensor([item.start for item in shown], device=device)
    end = torch.tensor([item.end for item in shown], device=device)
    answers = torch.tensor([float(item.answers) for item in shown], device=device)
    weights = 0.5 + 0.5 * answers
    places = functional.cross_entropy(logits.start, start, reduction="none")
    places = places + functional.cross_entropy(logits.end, end, reduction="none")
    span = (weights * places).sum() / weights.sum() / 2
    whether = functional.binary_cross_entropy_with_logits(logits.relevance, answers)
    first = [at for at, unit in _places(batch) if len(unit.shown) == 2]
    if not first:
        return span + 0.5 * whether
    pairs = torch.tensor(first, device=device)
    ahead = logits.relevance[pairs] - logits.relevance[pairs + 1]
    return span + 0.5 * whether + 0.5 * functional.softplus(-ahead).mean()


def _places(batch: Sequence[Unit]) -> Iterator[tuple[int, Unit]]:
    at = 0
    for unit in batch:
        yield at, unit
        at += len(unit.shown)


if __name__ == "__main__":
    main()
