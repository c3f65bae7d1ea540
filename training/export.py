"""Write a trained reader as the files that Quoth runs: ONNX, 8-bit weights, tokenizer, facts.

    python -m training.export build-training/final --out qa/reader/weights [--fp32]

Weights are quantised to 8 bits per channel, activations as they come (dynamic quantisation); the
32-bit form is kept for comparison with `--fp32`. `reader.json` holds the hashes that are checked
whenever the reader is loaded, and what the model was trained on.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import shutil
from pathlib import Path
from tempfile import TemporaryDirectory

import torch
from safetensors.torch import load_file

from index.models import packaged_model
from index.onnx_runtime import onnx_runtime
from qa.reader.tokens import ReaderTokenizer
from training import parity
from training.model import ReaderModel, packaged_encoder

INPUTS = ["ids", "mask", "types"]
OUTPUTS = ["start", "end", "relevance"]
NAME = "reader.onnx"


def main() -> None:
    """Export one model."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("trained", type=Path, help="folder that training.train wrote")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--fp32", action="store_true", help="do not quantise")
    options = parser.parse_args()
    export(options.trained, options.out, quantised=not options.fp32)
    size = (options.out / NAME).stat().st_size
    print(f"{options.out / NAME}: {size / 1e6:.1f} MB")


def export(trained: Path, out: Path, *, quantised: bool = True) -> None:
    """Write `reader.onnx`, `tokenizer.json` and `reader.json` into `out`."""
    model = ReaderModel(packaged_encoder(packaged_model()))
    model.load_state_dict(load_file(trained / "model.safetensors"))
    out.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as temporary:
        plain = Path(temporary) / NAME
        to_onnx(model.eval(), plain)
        if quantised:
            _quantise(plain, out / NAME)
        else:
            shutil.copyfile(plain, out / NAME)
    shutil.copyfile(packaged_model() / "tokenizer.json", out / "tokenizer.json")
    parity.write(model, ReaderTokenizer(out), out / "parity.json")
    files = {name: _digest(out / name) for name in (NAME, "tokenizer.json")}
    about = json.loads((trained / "about.json").read_text(encoding="utf-8"))
    record = {"format": 1, "bits": 8 if quantised else 32, "sha256": files, "training": about}
    (out / "reader.json").write_text(json.dumps(record, indent=1) + "\n", encoding="utf-8")


def to_onnx(model: ReaderModel, file: Path) -> None:
    """Write a model in 32 bits."""
    example = torch.ones((2, 16), dtype=torch.int64)
    axes = {name: {0: "batch", 1: "tokens"} for name in (*INPUTS, "start", "end")}
    torch.onnx.export(
        model, (example, example, example), str(file), input_names=INPUTS, output_names=OUTPUTS,
        dynamic_axes={**axes, "relevance": {0: "batch"}}, opset_version=17, dynamo=False,
    )  # fmt: skip


def _quantise(plain: Path, file: Path) -> None:
    onnx_runtime()  # imported there first
    from onnxruntime.quantization import QuantType, quantize_dynamic

    quantize_dynamic(plain, file, per_channel=True, weight_type=QuantType.QInt8)


def _digest(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


if __name__ == "__main__":
    main()
