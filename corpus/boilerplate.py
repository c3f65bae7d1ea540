"""Leave out what people paste along with an article: copyright lines, "Read more", teasers.

Only the end of an article is looked at, only whole blocks are dropped, and never more than a
bounded share of the text. Sentences (teasers of other stories) go only when something that ends a
web page, such as a copyright line, stands directly after them. What was dropped is returned, so
that a report can tell. Menus inside HTML are left to `corpus.formats.html`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

MOST_DROPPED_SHARE = 0.15
"""No more than this share of an article's characters is ever taken for boilerplate."""

_LONGEST_FURNITURE = 240
_LONGEST_TEASER = 160
_FEWEST_TEASERS, _MOST_TEASERS = 2, 8

_FURNITURE = re.compile(
    r"""
    (?: (?:copyright\s*)? (?:©|\(c\)) \s* (?:copyright\s*)? (?:19|20)\d\d\b .*
      | copyright \s+ (?:19|20)\d\d\b .*
      | (?:.{0,80}[.,]\s*)? all\ rights\ reserved\.? (?:\s .{0,60})?
      | © .{0,160}
      | (?:read|see|show|learn|view) \s+ more \b [^.!?]{0,60}
      | (?:click|tap) \s+ here \s+ to \s .{0,80}
      | (?:subscribe|sign\ up) (?:\s+ (?:now|today|here)\b [^.!?]{0,80})? [.!]?
      | (?:subscribe|sign\ up) \s+ (?:to|for) \b .{0,60}
          \b(?:newsletter|updates|alerts|briefing|podcast|channel|magazine|emails?)\b .{0,60}
      | (?:share|tweet|print|e-?mail|like)
          (?:\s+ this (?:\s+ (?:article|story|page|post))?)? [.!]?
      | (?:share|follow\ us) (?:\s+ this (?:\s+ \w+)?)?
          \s+ (?:on|by|via) \s+ (?:facebook|twitter|x|linkedin|whatsapp|e-?mail)\b
          [^.!?]{0,40} [.!]?
      | (?:facebook|twitter|linkedin|whatsapp|instagram|telegram|reddit|email|print)
          (?:[\s,|/·•]+ (?:facebook|twitter|linkedin|whatsapp|instagram|telegram|reddit|email
             |print|copy\ link))+
      | (?:skip \s+)? (?:advertisement|anzeige) | (?:\d{1,3} [\s-] min(?:ute)?s? \s read)
      | listen \s+ to \s+ this \s+ (?:article|story) [^.!?]{0,40}
      | (?:related|recommended|more|popular|latest)
          \s+ (?:articles|stories|posts|reading|news|coverage|from\ .{1,40})\s*:?
      | (?:privacy|cookie) \s+ (?:policy|settings|preferences|notice) .{0,80}
      | (?:we|this\ (?:web)?site) \s+ uses?\ cookies\b .{0,160}
      | (?:alle\ rechte\ vorbehalten|tous\ droits\ r[ée]serv[ée]s
          |todos\ los\ derechos\ reservados|tutti\ i\ diritti\ riservati)\.?
    )""",
    re.IGNORECASE | re.VERBOSE,
)
_ANCHOR = re.compile(r"©|\(c\)\s*\d|copyright|all rights reserved|subscribe|sign up", re.IGNORECASE)
_SENTENCE_END = re.compile(r"[.!?…][\"'”’)\]]*(?=\s|$)")


class Trimmed(NamedTuple):
    """How many leading blocks to keep, and the text of those that were dropped."""

    kept: int
    dropped: tuple[str, ...]


def is_furniture(text: str) -> bool:
    """Tell whether a block is nothing but a copyright, share, subscribe or "read more" line.

    >>> is_furniture("©2023 Example Institute, Inc. All Rights Reserved.")
    True
    >>> is_furniture("Copyright law was changed in 2023.")
    False
    """
    line = " ".join(text.split()) if len(text) <= _LONGEST_FURNITURE else ""
    return bool(line) and _FURNITURE.fullmatch(line) is not None


def trim_end(blocks: Sequence[str], *, teasers: bool = False) -> Trimmed:
    """Tell which blocks at the end of an article to drop.

    With `teasers`, a run of two to eight short one-sentence blocks directly before a copyright or
    subscribe line goes too, if it begins with a headline (no full stop) and the article before it
    is made of longer paragraphs.

    >>> trim_end(["A long story.", "Share this article", "© 2023 The Daily"]).kept
    1
    """
    allowed = int(sum(map(len, blocks)) * MOST_DROPPED_SHARE)
    # A few short lines may go from a short article too; their pattern leaves little doubt.
    furniture_allowed = max(allowed, 2 * _LONGEST_FURNITURE)
    kept, dropped = len(blocks), 0
    while kept > 1 and is_furniture(blocks[kept - 1]):
        if dropped + len(blocks[kept - 1]) > furniture_allowed:
            break
        kept -= 1
        dropped += len(blocks[kept])
    anchored = any(_ANCHOR.search(block) for block in blocks[kept:])
    if teasers and anchored:
        kept = _before_teasers(blocks, kept, allowed - dropped)
    return Trimmed(kept, tuple(blocks[kept:]))


def _before_teasers(blocks: Sequence[str], end: int, allowed: int) -> int:
    """Return where the run of teasers that ends at `end` begins, or `end` if there is none."""
    body = sorted(len(block) for block in blocks[:end])
    # A teaser is clearly shorter than a paragraph of this article: where all blocks are short
    # (a list, a poem, minutes), nothing can be told apart and nothing is dropped.
    longest = min(_LONGEST_TEASER, body[len(body) // 2] * 2 // 5)
    first = end
    while first > 1 and end - first < _MOST_TEASERS and _is_teaser(blocks[first - 1], longest):
        first -= 1
    # Short closing paragraphs are sentences with their full stop; a teaser list opens with a
    # headline. Starting at the first headline keeps the former.
    start = next((i for i in range(first, end) if not _SENTENCE_END.search(blocks[i])), end)
    too_much = sum(map(len, blocks[start:end])) > allowed
    return end if end - start < _FEWEST_TEASERS or too_much else start


def _is_teaser(text: str, longest: int) -> bool:
    """Tell whether a block is a single short sentence or headline on one line."""
    line = text.strip()
    if not line or len(line) > longest or "\n" in line:
        return False
    return len(_SENTENCE_END.findall(line)) <= 1
