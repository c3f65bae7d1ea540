"""ONNX Runtime tells its maker nothing, and keeps no identifier of the machine."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parent.parent
READING = """
import time
from qa.reader.model import OnnxModel
from qa.reader.tokens import Window
OnnxModel().run([Window((101, 102, 102), (0, 0, 1), 2, ())])
time.sleep(0.5)
print("read")
"""


def test_the_reader_leaves_no_identifier_and_no_queue_of_events(tmp_path: Path) -> None:
    # What it would keep there is made where the sender is; the variables are those it heeds.
    heeded = ("CI", "ORT_", "GITHUB_", "TF_BUILD", "XDG_")
    kept = {name: value for name, value in os.environ.items() if not name.startswith(heeded)}
    places = {"HOME": str(tmp_path), "XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(
        [sys.executable, "-c", READING],
        capture_output=True, text=True, cwd=ROOT, env=kept | places,
    )  # fmt: skip
    assert (done.stdout, done.stderr) == ("read\n", "")
    assert list(tmp_path.rglob("*")) == []
