"""Which reader answers: Quoth's own, none, or one that the user names."""

from __future__ import annotations

from pathlib import Path

from corpus.errors import ReaderError
from qa.read import Reader, RuleReader
from qa.reader.passages import READ_MS, OwnPassageReader, PassageReader
from qa.reader.trained import TrainedReader

NONE = "none"
"""The name that means: answer without a reading model."""


def reader_for(
    name: str | None = None,
    *,
    reranker: str | None = None,
    milliseconds: float = READ_MS,
) -> Reader:
    """Return the reader meant by `--reader` and `--reranker`; without either, Quoth's own.

    Raises:
        ReaderError: the folder that was named holds no reader that can be used.
    """
    if name == NONE:
        if reranker:
            raise ReaderError("--reranker needs a reader beside it; leave --reader none away")
        return RuleReader()
    passages = _named(Path(name)) if name else OwnPassageReader()
    if reranker:
        from qa.reader.foreign import Reranked

        passages = Reranked(passages, reranker)
    return TrainedReader(passages, milliseconds=milliseconds)


def _named(folder: Path) -> PassageReader:
    """Open a folder: a reader that `training.export` wrote, or a transformers model."""
    if (folder / "reader.json").exists():
        return OwnPassageReader(folder)
    if (folder / "config.json").exists():
        from qa.reader.foreign import AnsweringModel

        return AnsweringModel(folder)
    raise ReaderError(
        f"{folder} holds no reader (neither reader.json nor config.json); give the folder of an "
        "extractive question-answering model in transformers format, or: --reader none"
    )
