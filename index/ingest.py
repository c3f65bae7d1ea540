"""Ingest: bring a library in step with its sources, encoding only what is new.

Per file: unchanged (size, time, or digest) costs nothing; per article: unchanged costs no
encoding. Articles are encoded a few at a time, so that batches are full, and each is committed
in a transaction of its own; only then is it counted as done. What stops half-way goes on where
it stopped.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from corpus.article import Article
from corpus.chunk import split
from corpus.errors import SourceError
from corpus.load import ParsedFile, Problem, SourceFile, find_files, read_files
from corpus.problem import shown_name
from index.durable import Place
from index.encoder import Encoder
from index.home import open_or_create, usable
from index.overlap import kept_under, under_larger
from index.pending import Waiting, encoded
from index.progress import Clock, IngestReport, IngestRules, Watcher
from index.publishing import publish_if_behind
from index.sources import check_addresses, gone_from, root_of
from index.store import Writes
from index.writer import FileRecord, Writer, writer_lock

_BATCH_PASSAGES = 256
_FIRST_PUBLISH = 2_000


def ingest(
    sources: Sequence[Path],
    folder: Path,
    encoder: Encoder,
    *,
    rules: IngestRules | None = None,
    watch: Watcher | None = None,
) -> IngestReport:
    """Ingest files and folders into the library in `folder`, creating it if need be.

    Raises:
        SourceError: a source does not exist, or most of a folder has vanished.
        LibraryError: the library is busy, damaged, or built with other settings.
    """
    rules = rules or IngestRules()
    files, problems = find_files(sources)
    with writer_lock(usable(folder)) as place:
        open_or_create(folder, encoder, rules)
        run = Run(folder, encoder, rules, watch or (lambda _: None), place)
        run.report.problems.extend(problems)
        try:
            run.all_of(files, [Path(source).resolve() for source in sources])
        finally:
            run.close()
    return run.report


class Run:
    """One ingest under the writer's lock."""

    def __init__(
        self, folder: Path, encoder: Encoder, rules: IngestRules, watch: Watcher,
        place: Place | None = None, writer: Writes | None = None,
    ) -> None:  # fmt: skip
        self.report = IngestReport()
        self._folder = folder
        self._encoder = encoder
        self._rules = rules
        self._clock = Clock(watch, self.report)
        self._writer: Writes = writer or Writer(folder, place)
        self._waiting: list[Waiting] = []
        self._records: list[FileRecord] = []
        self._unpublished = 0
        self._seen: dict[str, str] = {}
        self._moved: dict[str, str] = {}

    def close(self) -> None:
        """Publish what is committed, also after a stop, and close the writer."""
        try:
            self._publish_if_behind()
        finally:
            self._writer.close()
            self.report.seconds = self._clock.seconds

    def all_of(self, files: Sequence[SourceFile], roots: Sequence[Path]) -> None:
        """Remove what is gone, then read and put every file that is new or changed."""
        files = under_larger(files, self._writer.known)
        check_addresses(files, self._writer.known)
        self._remove_gone(files, roots)
        changed = [file for file in files if not self._is_unchanged(file)]
        self._clock.start(changed, len(files))
        for parsed in read_files(changed, limits=self._rules.limits):
            self._clock.reading(parsed.file)
            self._take(parsed)
            self._publish_now_and_then()
        self._flush()
        self._hand_over()

    def these(self, articles: Sequence[Article], address: str) -> None:
        """Put ready articles under one address; remove those it held before and no longer has."""
        place = Path(address)
        files = [SourceFile(place, place, address, len(item.text), 0) for item in articles]
        self._clock.start(files, len(files))
        for article, file in zip(articles, files, strict=True):
            self._clock.reading(file)
            self._queue(article, address)
            self._publish_now_and_then()
        self._remove_missing(address, {article.id for article in articles})
        whole = hashlib.sha256("".join(item.fingerprint for item in articles).encode())
        size = sum(file.size for file in files)
        self._records.append(FileRecord(address, address, size, 0, whole.hexdigest()))
        self._flush()

    def _publish_now_and_then(self) -> None:
        if self._unpublished > max(_FIRST_PUBLISH, self.report.passages // 3):
            self._flush()
            self._publish_if_behind()

    def _is_unchanged(self, file: SourceFile) -> bool:
        """Tell whether a file was fully ingested as it is; one that gave nothing is tried again."""
        known = self._writer.known.file(file.address)
        if self._rules.bring_back or known is None or known[1:3] != (file.size, file.mtime_ns):
            return False
        names = self._writer.known.article_ids(file.address)
        if not names and not self._writer.known.gave_articles(file.address):
            return False
        self.report.problems.extend(
            Problem(file.address, what, line) for line, what in json.loads(known.problems)
        )
        self._seen.update(dict.fromkeys(names, file.address))
        self.report.unchanged += len(names)
        return True

    def _remove_gone(self, files: Sequence[SourceFile], roots: Sequence[Path]) -> None:
        """Remove articles whose file is no longer in its folder, unless most seem to be gone."""
        for root in roots:
            kept = kept_under(root, self._writer.known)
            gone = gone_from(root, kept, files)
            if len(gone.lost) * 2 > len(kept) and not self._rules.allow_removals:
                raise SourceError(
                    f"{len(gone.lost)} of {len(kept)} files of {root} are gone; is it mounted? "
                    "If they are meant to go, say so: --allow-removals"
                )
            for address in gone.addresses:
                self._forget(address)
            self._moved |= {new: old for old, new in gone.moved.items()}

    def _hand_over(self) -> None:
        """Forget the old addresses of files that have given their articles under a new one."""
        for new, old in self._moved.items():
            if self._writer.known.gave_articles(new):
                self._forget(old)

    def _forget(self, address: str) -> None:
        self.report.removed += len(self._writer.known.article_ids(address))
        self._writer.forget_file(address)
        self._unpublished += 1

    def _take(self, parsed: ParsedFile) -> None:
        """Queue the articles of one parsed file; the file is remembered once they are all in."""
        address = parsed.file.address
        self.report.problems.extend(parsed.problems)
        for article in self._wanted(parsed):
            other = self._seen.setdefault(article.id, address)
            if other != address:
                same = f"is the same article as {shown_name(other)} ({article.source}); skipped"
                self.report.problems.append(Problem(address, same))
                continue
            self._queue(article, address)
        slight = parsed.articles and all(problem.is_slight for problem in parsed.problems)
        if slight or not parsed.problems:
            self._remove_missing(address, {article.id for article in parsed.articles})
        what = tuple((problem.line, problem.what) for problem in parsed.problems)
        file = parsed.file
        self._records.append(
            FileRecord(root_of(file), address, file.size, file.mtime_ns, parsed.digest, what)
        )
        if not self._waiting:
            self._flush()

    def _wanted(self, parsed: ParsedFile) -> Sequence[Article]:
        """Return the articles of a file without those that were removed by name from these bytes.

        The file may be read again although nobody changed it: it has a new time, gave nothing
        else, or holds an article that another one gave.
        """
        address = parsed.file.address
        known = self._writer.known.file(address) or self._writer.known.file(
            self._moved.get(address, address)
        )
        if self._rules.bring_back or known is None or known.digest != parsed.digest:
            return parsed.articles
        return [item for item in parsed.articles if not self._writer.known.was_removed(item.id)]

    def _remove_missing(self, address: str, present: set[str]) -> None:
        """Remove articles that a file, of which nothing was skipped, no longer holds."""
        gone = [name for name in self._writer.known.article_ids(address) if name not in present]
        if gone:
            self.report.removed += self._writer.drop(gone)
            self._unpublished += 1

    def _queue(self, article: Article, file: str) -> None:
        """Put an article aside for encoding, unless the library has it word for word."""
        if not self._rules.shard.has(article.id):
            return
        row = self._writer.known.shape(article.id)
        sections = json.dumps([[s.heading.start, s.heading.end, s.level] for s in article.sections])
        shape = (article.fingerprint, article.title, sections, article.language)
        if row is not None and row[:4] == shape:
            if row[4:] != (article.author, article.published, article.source, file):
                self._writer.refresh(article, file)
            self.report.unchanged += 1
            return
        chunks = split(article, self._encoder, self._rules.chunk)
        self._waiting.append(Waiting(article, file, chunks, "changed" if row else "added"))
        if sum(len(item.chunks) for item in self._waiting) >= _BATCH_PASSAGES:
            self._flush()

    def _flush(self) -> None:
        """Encode what waits, commit it article by article, then remember the files."""
        waiting, self._waiting = self._waiting, []
        self._clock.encoding(sum(len(item.chunks) for item in waiting))
        for item, chunks in encoded(
            waiting, self._encoder, self._rules.context, self._clock.encoded
        ):
            copies = self._writer.put(item.article, item.file, chunks)
            self.report.copies += bool(copies)
            self._unpublished += len(chunks)
            self.report.passages += len(chunks)
            if item.kind == "added":
                self.report.added += 1
            else:
                self.report.changed += 1
        self._writer.settle()
        records, self._records = self._records, []
        for record in records:
            self._writer.remember_file(record)
        self._clock.flushed()

    def _publish_if_behind(self) -> None:
        """Publish the derived indexes when the database has moved on, or they are missing."""
        if not isinstance(self._writer, Writer):
            return  # Milvus keeps its own indexes
        publish_if_behind(self._folder, self._writer)
        self._unpublished = 0
