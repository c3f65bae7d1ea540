"""What the reader sees: the question, then title and headings, then the words of a passage.

    [CLS] question [SEP] title and headings, words of the passage [SEP]
      0      0       0             1                   1            1     token types

Training and answering both lay their input out here, so that they cannot drift apart. A passage
that does not fit is read in overlapping windows; no word is left unread.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from corpus.article import Span

if TYPE_CHECKING:
    from tokenizers import Tokenizer

MOST_QUESTION = 64
"""Tokens of a question that are read; a longer one loses its beginning, not its point."""
MOST_CONTEXT = 24
"""Tokens of title and headings that are read."""
WINDOW = 320
"""Tokens in one pass, special tokens counted."""
OVERLAP = 64
"""Tokens that two neighbouring windows share."""


class Tokens(NamedTuple):
    """Token ids of a text, and where each token stands in it."""

    ids: tuple[int, ...]
    places: tuple[Span, ...]


class Window(NamedTuple):
    """One input of the model. `first` is the position of the first token of the passage that is
    in it, and `places` says where each of those tokens stands in the passage."""

    ids: tuple[int, ...]
    types: tuple[int, ...]
    first: int
    places: tuple[Span, ...]


class ReaderTokenizer:
    """The model's own tokenizer, read from its folder."""

    def __init__(self, folder: Path) -> None:
        from tokenizers import Tokenizer

        self._tokenizer: Tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._tokenizer.no_truncation()
        self._tokenizer.no_padding()
        self.start = self._id("[CLS]")
        self.end = self._id("[SEP]")
        self.blank = self._id("[PAD]")

    def _id(self, token: str) -> int:
        found = self._tokenizer.token_to_id(token)
        if found is None:
            raise ValueError(f"the reader's tokenizer has no {token}")
        return int(found)

    def tokens(self, text: str) -> Tokens:
        """Return the tokens of a text, without special ones."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        return Tokens(tuple(encoded.ids), tuple(Span(*place) for place in encoded.offsets))

    def window(self, question: Tokens, context: Tokens, part: Tokens) -> Window:
        """Lay out one input; `part` is the part of the passage that is read in it."""
        asked = question.ids[-MOST_QUESTION:]
        above = context.ids[:MOST_CONTEXT]
        front = (self.start, *asked, self.end)
        back = (*above, *part.ids, self.end)
        types = (0,) * len(front) + (1,) * len(back)
        return Window(front + back, types, len(front) + len(above), part.places)

    def windows(self, question: Tokens, context: Tokens, passage: Tokens) -> Iterator[Window]:
        """Yield the windows over a passage: one if it fits, else as many as it takes."""
        taken = 3 + min(len(question.ids), MOST_QUESTION) + min(len(context.ids), MOST_CONTEXT)
        room = WINDOW - taken
        for start in window_starts(len(passage.ids), room):
            stop = start + room
            part = Tokens(passage.ids[start:stop], passage.places[start:stop])
            yield self.window(question, context, part)


def window_starts(length: int, room: int, overlap: int = OVERLAP) -> Sequence[int]:
    """Return where windows of `room` tokens start, so that together they cover `length` tokens.

    >>> window_starts(10, 4, overlap=1)
    [0, 3, 6]
    """
    step = max(1, room - overlap)
    last = max(0, length - room)
    return [*range(0, last, step), last]
