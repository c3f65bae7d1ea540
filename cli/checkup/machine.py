"""The machine: versions, processor, memory, and what the environment changes."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from cli import VERSION
from cli.checkup.finding import Checked, tame
from index.schema import SQLITE_VERSION

PACKAGES = (
    "numpy", "faiss-cpu", "tantivy", "torch", "sentence-transformers", "transformers",
    "onnxruntime", "tokenizers", "tiktoken", "gradio", "fastapi", "uvicorn", "trafilatura", "lxml",
    "pypdfium2", "python-docx",
)  # fmt: skip
_WAL_RESET_MENDED = (3, 51, 3)
_LITTLE_MEMORY = 2e9
_PROXIES = ("http_proxy", "https_proxy", "all_proxy")


def machine_checks(config: Path | None = None) -> Iterator[Checked]:
    """Yield what the machine is, and what of it would make Quoth slow; `config`: its settings."""
    yield Checked("Quoth", "fine", f"{VERSION}, Python {platform.python_version()}, "
                  f"{platform.system()} {platform.release()} {platform.machine()}")  # fmt: skip
    yield from _packages()
    yield _sqlite()
    yield _processor()
    yield _memory()
    yield _environment(config)


def _packages() -> Iterator[Checked]:
    found, missing = [], []
    for name in PACKAGES:
        try:
            found.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            missing.append(name)
    yield Checked("packages", "fine", ", ".join(found))
    if missing:
        yield Checked("packages", "problem", f"not installed: {', '.join(missing)}",
                      "install Quoth again: pip install quoth, or make install")  # fmt: skip


def _sqlite() -> Checked:
    numbers = tuple(int(part) for part in SQLITE_VERSION.split("."))
    if numbers >= _WAL_RESET_MENDED:
        return Checked("SQLite", "fine", SQLITE_VERSION)
    return Checked(
        "SQLite", "fine",
        f"{SQLITE_VERSION}: before 3.51.3 two writing connections can damage a database in WAL "
        "mode; Quoth has one writer at a time, so do not write to a library with other programs",
    )  # fmt: skip


def _processor() -> Checked:
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    flags = _flags()
    known = [name for name in ("avx2", "avx512f", "avx512_vnni", "avx512_bf16") if name in flags]
    what = f"{cores or 1} cores" + (f", {' '.join(known)}" if known else "")
    if flags and "avx2" not in flags and platform.machine() in {"x86_64", "AMD64"}:
        return Checked("processor", "note", f"{what}; without AVX2, encoding and reading are slow",
                       "read for less time: --read-ms 150")  # fmt: skip
    if cores == 1:
        return Checked("processor", "note", f"{what}; ingest and many users at once will be slow")
    return Checked("processor", "fine", what)


def _flags() -> set[str]:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return set()
    return set(next((line for line in lines if line.startswith("flags")), "").split())


def _memory() -> Checked:
    try:
        free = os.sysconf("SC_AVPHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
        total = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return Checked("memory", "fine", "not known")
    what = f"{total / 1e9:.1f} GB, {free / 1e9:.1f} GB of it free"
    if total < _LITTLE_MEMORY:
        return Checked("memory", "note", f"{what}; Quoth wants about 1 GB for itself",
                       "close other programs, or read without a model: --reader none")  # fmt: skip
    return Checked("memory", "fine", what)


def _environment(config: Path | None) -> Checked:
    """Name what is set; values stay private."""
    ours = sorted(name for name in os.environ if name.startswith("QUOTH_"))
    proxies = sorted(n for n in os.environ if n.lower() in _PROXIES)
    encoding = sys.getfilesystemencoding()
    parts = [f"set: {', '.join(ours)}" if ours else "no QUOTH_ variable is set"]
    if config is not None:
        parts.append(f"settings are read from {tame(config)}")
    if proxies:
        parts.append(f"proxies are set ({', '.join(proxies)}), but Quoth asks no other host")
    if encoding.lower().replace("-", "") != "utf8":
        return Checked("environment", "note", f"file names are {encoding}, not UTF-8",
                       "use a UTF-8 locale: export LC_ALL=C.UTF-8")  # fmt: skip
    return Checked("environment", "fine", "; ".join(parts))
