"""From files and folders to articles: find the files, have each parsed in the sandbox.

Nothing here looks inside a file: `corpus.sandbox` does that in a child process. One bad file is
one `Problem`, and the rest goes in; only a source that does not exist stops the run.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from corpus.article import Article
from corpus.errors import SourceError
from corpus.formats import SUFFIXES
from corpus.problem import Problem
from corpus.sandbox import Job, Limits, Outcome, Sandbox

__all__ = ["Limits", "ParsedFile", "Problem", "SourceFile", "find_files", "read_files"]


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

    Hidden files are passed over. Files of other kinds are counted in one problem for each folder.
    A file reached twice (two sources, a link) is listed once.

    Raises:
        SourceError: a source does not exist.
    """
    files: list[SourceFile] = []
    problems: list[Problem] = []
    for source in map(Path, sources):
        if not _exists(source):
            raise SourceError(f"{source}: no such file or folder; check the path and try again")
        if source.is_dir():
            files.extend(_walk(source, problems))
        elif source.suffix.lower() not in SUFFIXES:
            problems.append(Problem(source.name, _unknown_kind(source)))
        elif file := _source_file(source, source.parent, source.name, problems):
            files.append(file)
    unique = {file.path.resolve(): file for file in reversed(files)}
    return [file for file in files if unique[file.path.resolve()] is file], problems


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
    name = root.resolve().name or "root"
    unreadable: list[OSError] = []
    seen: set[Path] = set()
    skipped = 0
    for folder, folders, names in os.walk(root, onerror=unreadable.append, followlinks=True):
        real = Path(folder).resolve()
        if real in seen:
            folders.clear()
            continue
        seen.add(real)
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
        Problem(str(error.filename), f"cannot be opened ({error.strerror})") for error in unreadable
    )
    if skipped:
        what = f"{skipped} {'file' if skipped == 1 else 'files'} of other kinds passed over"
        problems.append(Problem(name, what))


def _source_file(
    path: Path, root: Path, address: str, problems: list[Problem]
) -> SourceFile | None:
    """Look at a file; what is no regular file (a pipe, a broken link) is reported."""
    address = address.encode("utf-8", "replace").decode()  # names need not be valid UTF-8
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
