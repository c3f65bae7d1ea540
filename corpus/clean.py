"""Clean a text once, before it is stored: after this, nothing alters it.

Cleaning is idempotent and takes out only what a reader never sees (controls, bidi overrides, soft
hyphens, blanks at line ends); words are never changed. What is boilerplate is decided elsewhere
(`corpus.boilerplate`), so is what becomes a paragraph (`corpus.formats`).

Every pattern here runs in linear time on any input; Unicode's own normalisation does not on long
runs of combining marks, which is one reason why files are cleaned in the child process.
"""

from __future__ import annotations

import re
import unicodedata

_NEWLINES = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# Controls except tab and newline; soft hyphen; bidi embeddings, overrides and isolates (text made
# to read other than it is stored; LRM and RLM stay, right-to-left prose needs them); the BOM.
_UNSEEN = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f\u00ad\u202a-\u202e\u2066-\u2069\ufeff]")
_SURROGATES = re.compile("[\ud800-\udfff]")
# The look-behind anchors a match at the first blank of a run: without it, a long run of blanks in
# the middle of a line would be scanned again from each of its characters.
_BLANKS_AT_LINE_END = re.compile(r"(?<![^\S\n])[^\S\n]+(?=\n|\Z)")
_MANY_NEWLINES = re.compile(r"\n{3,}")


def clean_text(text: str) -> str:
    r"""Return `text` as it is stored: NFC, `\n` line ends, nothing unseen, no outer blanks.

    >>> clean_text("\ufeffCafe\u0301 \r\n\r\n\r\n\r\nop\u00aden\x00 ")
    'Café\n\nopen'
    """
    text = _NEWLINES.sub("\n", text)
    text = _UNSEEN.sub("", text)
    text = _SURROGATES.sub("\ufffd", text)
    if not unicodedata.is_normalized("NFC", text):
        text = unicodedata.normalize("NFC", text)
    text = _BLANKS_AT_LINE_END.sub("", text)
    return _MANY_NEWLINES.sub("\n\n", text).strip()


def clean_line(text: str) -> str:
    r"""Return `text` cleaned and on one line, for titles, names and headings.

    >>> clean_line(" Night \n ferry\u202e ")
    'Night ferry'
    """
    return " ".join(clean_text(text).split())
