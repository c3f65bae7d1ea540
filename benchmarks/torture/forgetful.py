"""A file system that forgets: what may lie on the disk if the power fails at any moment.

`Recorder` watches a folder while real code works in it, and keeps a `Moment` at each boundary of
an operation (write, fsync, rename, unlink, mkdir). `crashes` gives what may be found after a cut
at that moment, when only what was fsynced is sure: a file's bytes may be lost, half there, or
zeros; each change of a folder that was not fsynced may be lost or kept, in any combination. That
is more than ext4 forgets. A folder is told by its changes alone: fsyncing a file saves no name.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import product
from pathlib import Path
from types import TracebackType
from typing import Any, NamedTuple

from index.durable import HashingWriter

Change = tuple[tuple[str, int | None], ...]
"""What one operation does to a folder: each name and the node it then stands for, or none."""

Tree = dict[str, bytes | None]
"""A state of the disk: bytes by path relative to the folder; None for a folder."""


class File(NamedTuple):
    """A file: what is sure to be on the disk (None: it was never fsynced), and what it holds."""

    durable: bytes | None
    current: bytes

    def after_a_cut(self) -> tuple[bytes, ...]:
        """Return what may be left of it, each once."""
        if self.current == self.durable:
            return (self.current,)
        old, half = self.durable or b"", len(self.current) // 2
        zeros = self.current[:half] + bytes(len(self.current) - half)
        mixed = self.current[:half] + old[half:]
        third = len(self.current) // 3
        hole = self.current[:third] + bytes(third) + self.current[2 * third :]
        found = (self.current, self.current[:half], zeros, hole, mixed, old, b"")
        return tuple(dict.fromkeys(found))


@dataclass
class Folder:
    """A folder: the names that are sure to be on the disk, and the changes that are not."""

    durable: dict[str, int] = field(default_factory=dict)
    changes: list[Change] = field(default_factory=list)

    def names(self, kept: tuple[bool, ...] | None = None) -> dict[str, int]:
        """Return its names after the changes that are kept, or all of them."""
        found = dict(self.durable)
        for number, change in enumerate(self.changes):
            for name, node in change if kept is None or kept[number] else ():
                if node is None:
                    found.pop(name, None)
                else:
                    found[name] = node
        return found


class Moment(NamedTuple):
    """The disk right before an operation; node 0 is the folder that is watched."""

    name: str
    nodes: Mapping[int, File | Folder]


class Recorder:
    """Watches a folder while it is entered. What `ignored` is true for is not looked at."""

    def __init__(
        self,
        root: Path,
        *,
        forget_fsync: bool = False,
        ignored: Callable[[str], bool] = lambda _: False,
    ) -> None:
        self.moments: list[Moment] = []
        self._root = root.resolve()
        self._forget_fsync = forget_fsync
        self._ignored = ignored
        self._nodes: dict[int, File | Folder] = {0: Folder()}
        self._inodes: dict[int, int] = {}
        self._count = 0
        self._real: dict[str, Callable[..., Any]] = {}
        self._write = HashingWriter.write
        self._look(self._root, 0)
        for node in list(self._nodes):  # what was there before is sure
            self._make_sure(node)

    def __enter__(self) -> Recorder:
        for name in ("fsync", "replace", "rename", "unlink", "rmdir", "mkdir"):
            self._real[name] = getattr(os, name)
            setattr(os, name, self._watched(name))
        write = self._write

        def watched_write(writer: HashingWriter, data: bytes) -> int:
            self._boundary("write")
            return write(writer, data)

        HashingWriter.write = watched_write  # type: ignore[assignment, method-assign]
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for name, call in self._real.items():
            setattr(os, name, call)
        HashingWriter.write = self._write  # type: ignore[method-assign]
        self._boundary("the end")

    def _watched(self, name: str) -> Callable[..., Any]:
        call = self._real[name]

        def watched(*args: Any, **kwargs: Any) -> Any:
            self._boundary(name)
            if name in {"replace", "rename"}:
                self._rename(Path(args[0]), Path(args[1]))
            result = call(*args, **kwargs)
            if name == "fsync" and not self._forget_fsync:
                node = self._node(Path(f"/proc/self/fd/{args[0]}").readlink())
                if node is not None:
                    self._make_sure(node)
            return result

        return watched

    def _boundary(self, name: str) -> None:
        self._look(self._root, 0)
        nodes = {
            number: Folder(dict(node.durable), list(node.changes))
            if isinstance(node, Folder)
            else node
            for number, node in self._nodes.items()
        }
        self.moments.append(Moment(name, nodes))

    def _look(self, place: Path, number: int) -> None:
        """Bring the model of a folder in step with what lies there, whoever changed it."""
        folder = self._folder(number)
        known, seen = folder.names(), set()
        for entry in sorted(place.iterdir()):
            if self._ignored(entry.name):
                continue
            seen.add(entry.name)
            node = known.get(entry.name)
            inode = entry.lstat().st_ino
            if node is None or self._inodes[node] != inode:
                node = self._new(Folder() if entry.is_dir() else File(None, b""), inode)
                folder.changes.append(((entry.name, node),))
            self._look_into(entry, node)
        folder.changes += [((name, None),) for name in known if name not in seen]

    def _look_into(self, entry: Path, node: int) -> None:
        held = self._nodes[node]
        if isinstance(held, Folder):
            self._look(entry, node)
        elif (now := entry.read_bytes()) != held.current:
            self._nodes[node] = held._replace(current=now)

    def _rename(self, old: Path, new: Path) -> None:
        """Note a rename as one change; `_look` would take it for two."""
        parent, node = self._node(old.absolute().parent), self._node(old.absolute())
        if parent is None or node is None:
            return
        if old.absolute().parent != new.absolute().parent:
            raise NotImplementedError(f"a rename to another folder: {old} to {new}")
        self._folder(parent).changes.append(((old.name, None), (new.name, node)))

    def _new(self, node: File | Folder, inode: int) -> int:
        self._count += 1
        self._nodes[self._count] = node
        self._inodes[self._count] = inode
        return self._count

    def _folder(self, number: int) -> Folder:
        node = self._nodes[number]
        if not isinstance(node, Folder):
            raise TypeError(f"node {number} is a file")
        return node

    def _node(self, path: Path) -> int | None:
        """Return the node of a path inside the folder that is watched."""
        place = Path(os.path.realpath(path.parent), path.name)
        if place == self._root:
            return 0
        if not place.is_relative_to(self._root):
            return None
        number: int | None = 0
        for name in place.relative_to(self._root).parts:
            number = self._folder(number or 0).names().get(name)
            if number is None:
                return None
        return number

    def _make_sure(self, number: int) -> None:
        node = self._nodes[number]
        if isinstance(node, File):
            self._nodes[number] = File(node.current, node.current)
        else:
            node.durable, node.changes = node.names(), []


def crashes(moment: Moment, chance: random.Random, most: int) -> Iterator[Tree]:
    """Yield what may lie on the disk after a cut at a moment, each state once.

    All states there are if they are at most `most`. Else the two ends, states in which one thing
    alone is lost, and states in which anything may be: so many together.
    """
    choices: dict[int, list[Any]] = {}
    size = 1
    for number, node in moment.nodes.items():
        if isinstance(node, File):
            choices[number] = list(node.after_a_cut())
        else:
            choices[number] = list(_subsets(len(node.changes), chance, most))
        size *= len(choices[number])
    if size <= most:
        picks = [dict(zip(choices, pick, strict=True)) for pick in product(*choices.values())]
    else:
        picks = _sampled(choices, chance, most)
    seen = set()
    for pick in picks:
        tree = _tree(moment, pick, 0, "")
        state = frozenset(tree.items())
        if state not in seen:
            seen.add(state)
            yield tree


def _sampled(
    choices: Mapping[int, list[Any]], chance: random.Random, most: int
) -> list[dict[int, Any]]:
    """Return states of a disk that has too many; the first is that nothing is lost."""
    whole, worst = ({key: found[end] for key, found in choices.items()} for end in (0, -1))
    unsure = [key for key, found in choices.items() if len(found) > 1]
    picks = [whole, worst]
    while len(picks) < most:
        key = chance.choice(unsure)
        picks.append({**whole, key: chance.choice(choices[key][1:])})
        picks.append({key: chance.choice(found) for key, found in choices.items()})
    return picks[:most]


def _subsets(length: int, chance: random.Random, most: int) -> Iterator[tuple[bool, ...]]:
    """Yield which changes are kept: every subset if there are few, else a sample of them."""
    if 2**length <= most:
        yield from product((True, False), repeat=length)
        return
    yield (True,) * length
    for _ in range(most):
        yield tuple(chance.random() < 0.5 for _ in range(length))
    yield (False,) * length


def _tree(moment: Moment, picked: Mapping[int, Any], number: int, place: str) -> Tree:
    node = moment.nodes[number]
    if isinstance(node, File):
        return {place: picked[number]}
    found: Tree = {place: None} if place else {}
    for name, child in node.names(picked[number]).items():
        found |= _tree(moment, picked, child, f"{place}/{name}" if place else name)
    return found


def lay_out(tree: Tree, folder: Path) -> None:
    """Write a state of the disk into a folder."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in sorted(tree.items()):
        if data is None:
            (folder / name).mkdir()
        else:
            (folder / name).write_bytes(data)
