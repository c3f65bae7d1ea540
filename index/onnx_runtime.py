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


def onnx_errors(*names: str) -> tuple[type[Exception], ...]:
    """Return what ONNX Runtime raises, or what is named of it: it has no base but Exception."""
    onnx_runtime()  # imported there first
    from onnxruntime.capi import onnxruntime_pybind11_state

    return tuple(
        each
        for name, each in vars(onnxruntime_pybind11_state).items()
        if isinstance(each, type) and issubclass(each, Exception) and (not names or name in names)
    )
