"""The weights of the reader that comes with Quoth, back in 32 bits, to train on from them.

    python -m training.shipped --out build-training/shipped [--reader qa/reader/weights]

The file that Quoth runs holds weights in 8 bits per channel; multiplied by their scales they are
within half a step of what was trained, which a short further training makes good. It spares the
two hours of `python -m training`. Word vectors were not trained: they are the packaged encoder's.
"""

from __future__ import annotations

import argparse
import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors.torch import save_file
from torch import Tensor

from index.models import packaged_model
from training.export import NAME, to_onnx
from training.model import ReaderModel, packaged_encoder

Weights = NDArray[Any]


def main() -> None:
    """Write `model.safetensors` and `about.json`, as `training.train` does."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--reader", type=Path, default=Path("qa/reader/weights"))
    parser.add_argument("--out", type=Path, required=True)
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    save_file(restored(options.reader / NAME), options.out / "model.safetensors")
    digest = hashlib.sha256((options.reader / NAME).read_bytes()).hexdigest()
    about = {"shipped": digest}
    (options.out / "about.json").write_text(json.dumps(about, indent=1), encoding="utf-8")


def restored(file: Path) -> dict[str, Tensor]:
    """Return the weights of an exported reader, float32, by their names in `ReaderModel`.

    ONNX names some weights by number and stores some transposed. Which is which is read off an
    export of an untrained model, whose weights are known: the same code numbers them alike.

    Raises:
        ValueError: a weight of the model is not in the file.
    """
    torch.manual_seed(0)
    model = ReaderModel(packaged_encoder(packaged_model())).eval()
    state = model.state_dict()
    with TemporaryDirectory() as temporary:
        to_onnx(model, Path(temporary) / NAME)
        known = _initializers(Path(temporary) / NAME)
    held = _initializers(file)
    found = {
        name: tensor for name, tensor in state.items() if name.startswith("encoder.embeddings.")
    }
    for name, weights in known.items():
        target, is_turned = _same(name, weights, state)
        if target in found:
            continue
        value = _plain(name, held)
        turned = value.T if is_turned else value
        found[target] = torch.from_numpy(np.array(turned, dtype=np.float32, order="C"))
    missing = state.keys() - found.keys()
    if missing:
        raise ValueError(f"{file}: no {', '.join(sorted(missing))}")
    return found


def _initializers(file: Path) -> dict[str, Weights]:
    import onnx
    from onnx import numpy_helper

    graph = onnx.load(str(file)).graph
    return {each.name: numpy_helper.to_array(each) for each in graph.initializer}


def _same(name: str, weights: Weights, state: Mapping[str, Tensor]) -> tuple[str, bool]:
    """Return which weight of the model this is, and whether it is stored transposed."""
    if name in state:
        return name, False
    for target, tensor in state.items():
        if tensor.shape == weights.T.shape and np.array_equal(tensor.numpy().T, weights):
            return target, True
    raise ValueError(f"{name} is no weight of the model")


def _plain(name: str, held: Mapping[str, Weights]) -> Weights:
    """Return a weight of the file as numbers: (quantised − zero point) · scale, by channel."""
    if name in held:
        return held[name]
    # `quantize_dynamic` turns the weights of a Gemm round before it quantises them.
    is_turned = f"{name}_Transposed_quantized" in held
    stem = f"{name}_Transposed" if is_turned else name
    steps, zero, scale = (
        held[f"{stem}_{part}"].astype(np.float32) for part in ("quantized", "zero_point", "scale")
    )
    plain: Weights = (steps - zero) * scale
    return plain.T if is_turned else plain


if __name__ == "__main__":
    main()
