"""The mean of several trained models, weight by weight.

    python -m training.average DIR… --out DIR

Models that started from the same weights lie in one basin, and their mean is good for what any of
them has seen (Wortsman et al., "Model soups", ICML 2022). The reader that comes with Quoth is the
mean of three, each trained without a group of sets: it costs no further training.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file


def main() -> None:
    """Average and write."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("models", type=Path, nargs="+")
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    average(options.models, options.out)


def average(models: Sequence[Path], out: Path) -> None:
    """Write the mean of the models in the folders `models` into `out`."""
    every = [load_file(model / "model.safetensors") for model in models]
    mean = {name: torch.stack([each[name] for each in every]).mean(dim=0) for name in every[0]}
    out.mkdir(parents=True, exist_ok=True)
    save_file(mean, out / "model.safetensors")
    about = {"mean_of": [model.name for model in models]}
    (out / "about.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


if __name__ == "__main__":
    main()
