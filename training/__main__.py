"""From the public question sets to the reader's files, in one command.

    python -m training DATA [--work build-training] [--out qa/reader/weights]

    mined ─▶ three models, each without a group of sets ─▶ their mean ─▶ ONNX
                         └─▶ figures on the sets left out, and what readings weigh

Each step is a command of its own and is skipped when its result is there, so that a run that was
stopped goes on. Two hours on two cores with AVX-512. The figures are printed as they come and kept
in `figures.txt`; the weights that `training.weigh` prints belong into `qa/reader/weigh.py`.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path

from training.questions import GROUPS


def main() -> None:
    """Run what is missing."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("--work", type=Path, default=Path("build-training"))
    parser.add_argument("--out", type=Path, default=Path("qa/reader/weights"))
    options = parser.parse_args()
    data, work = str(options.data), options.work
    mined = work / "mined.json"
    _step(mined, "mine", data, "--out", str(mined))
    for group in GROUPS:
        _without(group, data, work)
    models = [str(work / f"no-{group}") for group in GROUPS]
    _step(work / "mean" / "model.safetensors", "average", *models, "--out", str(work / "mean"))
    _run("export", str(work / "mean"), "--out", str(options.out))
    # The sample questions are a set like the others, which the mean has not seen either.
    sample = work / "readings-sample.jsonl"
    _step(
        sample, "readings", data, "--reader", str(options.out), "--sets", "sample,sample!",
        "--out", str(sample),
    )  # fmt: skip
    readings = [*(str(work / f"readings-{group}.jsonl") for group in GROUPS), str(sample)]
    _run("judge", *readings, log=work / "figures.txt")
    _run("weigh", *readings, log=work / "figures.txt")


def _without(group: str, data: str, work: Path) -> None:
    """Train without a group of sets, and read that group."""
    folder, compiled = work / f"no-{group}", work / f"no-{group}" / "compiled"
    _step(
        folder / "model.safetensors", "train", data, "--leave", group,
        "--mined", str(work / "mined.json"), "--out", str(folder),
    )  # fmt: skip
    _step(compiled / "reader.json", "export", str(folder), "--out", str(compiled))
    sets = ",".join(GROUPS[group])
    _run("given", data, "--reader", str(compiled), "--sets", sets, log=work / "figures.txt")
    pooled = [name for name in GROUPS[group] if not name.startswith("policyqa")]
    asked = ",".join([*pooled, "squad2!"] if "squad2" in pooled else pooled)
    _step(
        work / f"readings-{group}.jsonl", "readings", data, "--reader", str(compiled),
        "--sets", asked, "--removed", "300", "--out", str(work / f"readings-{group}.jsonl"),
    )  # fmt: skip


def _step(result: Path, module: str, *arguments: str) -> None:
    """Run a step unless its result is there."""
    if not result.exists():
        _run(module, *arguments)


def _run(module: str, *arguments: str, log: Path | None = None) -> None:
    """Run a command of this package; with `log`, keep what it prints."""
    command = [sys.executable, "-m", f"training.{module}", *arguments]
    print("$", " ".join(command[1:]), flush=True)
    if log is None:
        subprocess.run(command, check=True)
        return
    found = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True)
    print(found.stdout, end="", flush=True)
    with log.open("a", encoding="utf-8") as file:
        file.write(found.stdout)


if __name__ == "__main__":
    main()
