"""What is done to the derived files of a library: to their bytes, their places, the manifest."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from random import Random
from typing import Any

from benchmarks.torture import hurt
from index import derived
from index.durable import sha256_of, sha256_of_tree


def remove(path: Path) -> None:
    """Remove a file, a link or a folder."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink()


def damage(dice: Random, folder: Path, other: Path) -> str:
    """Damage one derived file (now and then two) of `folder`; return what and how."""
    done = [_damage_one(dice, folder, other) for _ in range(2 if dice.random() < 0.1 else 1)]
    return done[0]


def _damage_one(dice: Random, folder: Path, other: Path) -> str:
    what = dice.choice(("meaning", "meaning", "words", "words", "words", "manifest"))
    path = _target(dice, folder, what)
    if path is None:
        return f"{what} (gone already)"
    if dice.random() < 0.2 or not path.is_file():
        way = dice.choice(_PLACES)
        way(dice, path, _target(dice, other, what))
        return f"{what} {way.__name__}"
    if what == "manifest" and dice.random() < 0.7:
        _edit(dice, path)
        return "manifest edited"
    hurt_way = dice.choice(hurt.WAYS)
    data = hurt_way(dice, path.read_bytes())
    path.unlink()  # never written in place: earlier cases may still have it mapped
    path.write_bytes(data)
    return f"{what} {hurt_way.__name__}"


def _target(dice: Random, folder: Path, what: str) -> Path | None:
    """Return a derived file of that kind; in an order that does not depend on random names."""
    pattern = {"meaning": "meaning-*", "words": "words-*/*", "manifest": derived.MANIFEST}[what]
    found = sorted(folder.glob(pattern), key=lambda path: (path.suffix, path.name))
    return dice.choice(found) if found else None


def _deleted(_dice: Random, path: Path, _other: Path | None) -> None:
    remove(path)


def _folder(_dice: Random, path: Path, _other: Path | None) -> None:
    remove(path)
    path.mkdir()


def _link(dice: Random, path: Path, other: Path | None) -> None:
    remove(path)
    path.symlink_to(dice.choice((path, "nowhere", "/dev/zero", "/etc/hostname", other or "gone")))


def _pipe(_dice: Random, path: Path, _other: Path | None) -> None:
    remove(path)
    os.mkfifo(path)


def _other_generation(_dice: Random, path: Path, other: Path | None) -> None:
    remove(path)
    if other is not None and other.is_file():
        shutil.copy(other, path)


def _renamed(dice: Random, path: Path, _other: Path | None) -> None:
    path.rename(path.with_name(path.name + dice.choice(("x", ".tmp", "~"))))


def _whole_folder(dice: Random, path: Path, other: Path | None) -> None:
    """Remove or exchange the folder the file lies in; a file by itself is emptied."""
    if not path.parent.name.startswith("words-"):
        remove(path)
        path.touch()
        return
    shutil.rmtree(path.parent)
    if other is not None and dice.random() < 0.5:
        shutil.copytree(other.parent, path.parent)


_PLACES: tuple[Callable[[Random, Path, Path | None], None], ...] = (
    _deleted, _folder, _link, _pipe, _other_generation, _renamed, _whole_folder,
)  # fmt: skip
_VALUES: tuple[Any, ...] = (
    0, -1, 1, 7, 30, 10**6, 10**30, 1.5, True, None, "", "x", "84", [], {}, [[1]],
    "meaning-1.faiss", "words-1", "../library.sqlite", "meaning-\0", "words-\ud800", "words-" * 99,
)  # fmt: skip


def _edit(dice: Random, path: Path) -> None:
    """Change the manifest so that it stays JSON, or becomes JSON of another shape."""
    try:
        manifest = json.loads(path.read_text(encoding="utf-8"))
    except (ValueError, RecursionError):  # damaged already
        return
    name = dice.choice(sorted(manifest))
    if dice.random() < 0.15:
        whole = dice.choice(("[]", "null", "0", '"x"', "[" * 200_000, "{}", "9" * 5_000))
        path.write_text(whole, encoding="utf-8")
        return
    if dice.random() < 0.1:
        del manifest[name]
    elif dice.random() < 0.1:
        manifest["more"] = 1
    elif isinstance(manifest[name], int) and dice.random() < 0.7:
        manifest[name] += dice.choice((-30, -16, -10, -1, 1, 10, 16, 30))
    else:
        manifest[name] = dice.choice(_VALUES)
    path.write_text(json.dumps(manifest), encoding="utf-8")


def forge(folder: Path) -> None:
    """Let the manifest's hashes agree with whatever lies there now."""
    path = folder / derived.MANIFEST
    manifest = derived.read_manifest(folder) if path.is_file() else None
    if manifest is None:
        return
    fields = json.loads(path.read_text(encoding="utf-8"))
    with suppress(OSError):  # gone, or a pipe
        fields["meaning_sha256"] = sha256_of(folder / manifest.meaning)
    with suppress(OSError):
        fields["words_sha256"] = sha256_of_tree(folder / manifest.words)
    path.write_text(json.dumps(fields), encoding="utf-8")
