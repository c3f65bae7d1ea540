"""The one place where ONNX Runtime is imported: first its telemetry is turned off.

From 1.29 on its published builds send events about every model to their maker, and keep an
identifier of the machine in the user's cache. The variable must be set before the library starts;
then neither the sender nor the identifier is made (its `Privacy.md`, "Disabling Telemetry").
"""

from __future__ import annotations

import os
from typing import Any


def onnx_runtime() -> Any:
    """Return the module `onnxruntime`, which reaches out to nobody."""
    os.environ["ORT_DISABLE_TELEMETRY"] = "1"
    import onnxruntime

    return onnxruntime
