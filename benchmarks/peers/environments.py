"""An environment of its own for each peer, made once by venv and pip from its requirements."""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parent / "requirements"
_DONE = "made-from"


def python_of(name: str, cache: Path) -> Path:
    """Return the Python of a peer's environment, which is made if it is not there as required.

    Raises:
        SystemExit: pip could not install what is required.
    """
    file, folder = REQUIREMENTS / f"{name}.txt", cache / "environments" / name
    python, done = folder / "bin" / "python", folder / _DONE
    wanted = digest(file)
    if done.exists() and done.read_text(encoding="utf-8") == wanted:
        return python.absolute()
    shutil.rmtree(folder, ignore_errors=True)
    print(f"making the environment of {name} in {folder}, once (about a minute) …", flush=True)
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    command = [str(python), "-m", "pip", "install", "--quiet", "--requirement", str(file)]
    if subprocess.run(command, check=False).returncode:
        raise SystemExit(f"pip could not install {file}; try again, or leave it out: --only")
    done.write_text(wanted, encoding="utf-8")
    return python.absolute()


def digest(file: Path) -> str:
    """Return what an environment is known by: its requirements and the version of Python."""
    whole = file.read_bytes() + sys.version.encode()
    return hashlib.sha256(whole).hexdigest()


def pinned(name: str, package: str) -> str:
    """Return the version of a package that a peer's requirements name.

    >>> pinned("txtai", "torch")
    '2.13.0'
    """
    lines = (REQUIREMENTS / f"{name}.txt").read_text(encoding="utf-8").splitlines()
    versions = dict(line.split("==") for line in lines if "==" in line)
    return versions[package]
