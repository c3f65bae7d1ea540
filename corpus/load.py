"""From files and folders to articles: find the files, have each parsed in the sandbox.

Nothing here looks inside a file: `corpus.sandbox` does that in a child process. One bad file is
one `Problem`, and the rest goes in; only a source that does not exist stops the run.
"""

from __future__ import annotations

import os
import shlex
import stat
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from corpus.article import Article
from corpus.errors import SourceError
from corpus.formats import SUFFIXES
from corpus.problem import Problem, shown_name
from corpus.sandbox import Job, Limits, Outcome, Sandbox

__all__ = ["Limits", "ParsedFile", "Problem", "SourceFile", "find_files", "read_files"]

_A_LIBRARY = "is a library of Quoth; name the folder with the articles: quoth ingest FOLDER"


@dataclass(frozen=True)
class SourceFile:
    """A file that was found. `address` is what people see: `<folder>/<path inside it>`."""

    path: Path
    root: Path
    address: str
    size: int
    mtime_ns: int


@dataclass(frozen=True)
class ParsedFile:
    """What one file gave. `digest` is the SHA-256 of its bytes, empty if they were not read.

    `dropped` holds the boilerplate lines that were left out of its articles.
    """

    file: SourceFile
    digest: str
    articles: tuple[Article, ...]
    problems: tuple[Problem, ...]
    dropped: tuple[str, ...] = ()


def find_files(sources: Sequence[Path | str]) -> tuple[list[SourceFile], list[Problem]]:
    """List the readable files of some files and folders, sorted within each source.

    Hidden files and the libraries of Quoth are passed over. Files of other kinds are counted in one
    problem for each folder. A file reached twice (two sources, a link) is listed once.

    Raises:
        SourceError: a source does not exist, or two files would stand under one address.
    """
    files: list[SourceFile] = []
    problems: list[Problem] = []
    for source in map(Path, sources):
        if not _exists(source):
            raise SourceError(f"{source}: no such file or folder; check the path and try again")
        if source.is_dir():
            files.extend(_walk(source, problems))
        elif source.suffix.lower() not in SUFFIXES:
            problems.append(Problem(as_text(source.name), _unknown_kind(source)))
        elif file := _source_file(source, source.parent, source.name, problems):
            files.append(file)
    unique = {file.path.resolve(): file for file in reversed(files)}
    return _told_apart(file for file in files if unique[file.path.resolve()] is file), problems


def distinct(files: list[SourceFile]) -> list[SourceFile]:
    """Return the files if each has an address of its own.

    Raises:
        SourceError: two have the same one.
    """
    first: dict[str, SourceFile] = {}
    for file in files:
        other = first.setdefault(file.address, file)
        if other is not file:
            raise would_be_one(other.path, file.path, file.address)
    return files


def as_text(name: str) -> str:
    """Return a name with ? for bytes that are no UTF-8, so that it can be kept and printed."""
    return name.encode("utf-8", "replace").decode()


def would_be_one(one: Path, other: Path, address: str) -> SourceError:
    """Return the error to raise for two files that would stand under one address."""
    above = os.path.commonpath([one.resolve(), other.resolve()])
    both = (
        "" if above == os.sep else f" ingest the folder above both: quoth ingest {_typed(above)},"
    )
    return SourceError(
        f"{shown_name(str(one))} and {shown_name(str(other))} would both be kept as "
        f"{shown_name(address)}; rename one of them, or{both} or use two libraries: --library NEW"
    )


def read_files(
    files: Iterable[SourceFile], *, limits: Limits | None = None, workers: int = 1
) -> Iterator[ParsedFile]:
    """Parse files in child processes and yield them one by one, in the order given.

    `workers` files are parsed at a time; stopping the iteration ends the children.

    Raises:
        SourceError: no child process can be started.
    """
    limits = limits or Limits()
    todo = list(files)
    within = [file for file in todo if file.size <= limits.max_bytes]
    with Sandbox(limits, workers=workers) as sandbox:
        outcomes = sandbox.run(Job(file.path, file.address) for file in within)
        for file in todo:
            if file.size > limits.max_bytes:
                outcome = Outcome("", problems=(Problem(file.address, _too_large(file, limits)),))
            else:
                outcome = next(outcomes)
            yield ParsedFile(
                file, outcome.digest, outcome.articles, outcome.problems, outcome.dropped
            )


def _told_apart(files: Iterable[SourceFile]) -> list[SourceFile]:
    """Give files whose addresses differ only in bytes that are no UTF-8 other addresses."""
    found = list(files)
    times = Counter(file.address for file in found)
    return distinct([file if times[file.address] == 1 else _by_bytes(file) for file in found])


def _by_bytes(file: SourceFile) -> SourceFile:
    r"""Return the file with an address that writes out such bytes, as \xff."""
    name = f"{_name(file.root)}/" if "/" in file.address else ""
    whole = os.fsencode(f"{name}{file.path.relative_to(file.root).as_posix()}")
    return replace(file, address=whole.decode("utf-8", "backslashreplace"))


def _name(root: Path) -> str:
    """Return what a folder is called, also when it is given as a dot."""
    return root.resolve().name or "root"


def _typed(path: str) -> str:
    """Return a path as it is typed in a shell."""
    return shlex.quote(path) if path.isprintable() else shown_name(path)


def _exists(source: Path) -> bool:
    """Tell whether a source is there; one that may not be looked at is."""
    try:
        source.stat()
    except PermissionError:
        return True
    except (OSError, ValueError):  # ValueError: a NUL in the name
        return False
    return True


def _walk(root: Path, problems: list[Problem]) -> Iterator[SourceFile]:
    """Yield the readable files under a folder in sorted order, following links but no loops."""
    name = _name(root)
    unreadable: list[OSError] = []
    seen: set[Path] = set()
    skipped = 0
    for folder, folders, names in os.walk(root, onerror=unreadable.append, followlinks=True):
        real = Path(folder).resolve()
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
        if _is_library(names):
            if folder == os.fspath(root):
                problems.append(Problem(as_text(name), _A_LIBRARY))
            folders.clear()
            continue
        folders[:] = sorted(entry for entry in folders if not entry.startswith("."))
        for entry in sorted(names):
            path = Path(folder, entry)
            if entry.startswith("."):
                continue
            if path.suffix.lower() not in SUFFIXES:
                skipped += 1
                continue
            address = f"{name}/{path.relative_to(root).as_posix()}"
            if file := _source_file(path, root, address, problems):
                yield file
    problems.extend(
        Problem(as_text(str(error.filename)), f"cannot be opened ({error.strerror})")
        for error in unreadable
    )
    if skipped:
        what = f"{skipped} {'file' if skipped == 1 else 'files'} of other kinds passed over"
        problems.append(Problem(as_text(name), what))


def _is_library(names: Sequence[str]) -> bool:
    """Tell whether a folder with these files is a library: what is in it is nobody's article."""
    return "library.sqlite" in names and not {"writer.lock", "manifest.json"}.isdisjoint(names)


def _source_file(
    path: Path, root: Path, address: str, problems: list[Problem]
) -> SourceFile | None:
    """Look at a file; what is no regular file (a pipe, a broken link) is reported."""
    address = as_text(address)
    try:
        status = path.stat()
    except OSError as error:
        problems.append(Problem(address, f"cannot be opened ({error.strerror})"))
        return None
    if not stat.S_ISREG(status.st_mode):
        problems.append(Problem(address, "is no regular file; passed over"))
        return None
    return SourceFile(path, root, address, status.st_size, status.st_mtime_ns)


def _unknown_kind(source: Path) -> str:
    kinds = ", ".join(sorted(SUFFIXES))
    return f'has the unknown suffix "{source.suffix}"; files that can be read: {kinds}'


def _too_large(file: SourceFile, limits: Limits) -> str:
    size, most = file.size / 1_000_000, limits.max_bytes / 1_000_000
    return f"{size:.3g} MB is over the limit of {most:.3g} MB; raise it with --max-megabytes"
