"""From bytes to text: byte order mark, UTF-8, what the file declares, then an educated guess.

Nothing is dropped on the way except what cannot be decoded, which becomes U+FFFD.
"""

from __future__ import annotations

import codecs

from charset_normalizer import from_bytes

from corpus.formats.raw import Unreadable

_BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),  # before UTF-16: its mark begins with UTF-16's
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_SAMPLE_BYTES = 64 * 1024
# What is met in real files. Code pages of DOS and the old Macintosh are left out: they fit any
# western text, and turn its letters into others without a trace.
_PLAUSIBLE = [
    *(f"cp125{number}" for number in range(9)),
    "iso8859_2", "koi8_r", "shift_jis", "euc_jp", "gb18030", "big5", "euc_kr",
]  # fmt: skip
_CONTROLS = bytes(set(range(32)) - {9, 10, 12, 13, 27})


def decode(data: bytes, declared: str | None = None) -> str:
    r"""Return the text of `data`; `declared` is an encoding the file itself names.

    >>> decode("Müller".encode("utf-16")), decode("Müller".encode("latin-1"), "latin-1")
    ('Müller', 'Müller')

    Raises:
        Unreadable: the bytes are not text.
    """
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, errors="replace")
    wide = _wide_encoding(data[:_SAMPLE_BYTES])
    if wide:
        return data.decode(wide, errors="replace")
    if _is_binary(data[:_SAMPLE_BYTES]):
        raise Unreadable("is not text (binary file); remove it or give it its proper suffix")
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        return _decode_legacy(data, declared)


def _decode_legacy(data: bytes, declared: str | None) -> str:
    """Decode what is not valid UTF-8: damaged UTF-8 first, then other encodings."""
    lenient = data.decode("utf-8", errors="replace")
    wrong = lenient.count("\ufffd")
    wide = len(data) - len(lenient.encode("ascii", errors="ignore"))
    if wrong * 10 <= wide - wrong:  # most of the non-ASCII bytes did form UTF-8 characters
        return lenient
    for encoding in (declared, _guess(data)):
        if encoding and _is_text_codec(encoding):
            return data.decode(encoding, errors="replace")
    return data.decode("cp1252", errors="replace")


def _guess(data: bytes) -> str | None:
    """Return charset-normalizer's guess, made on a sample around the first non-ASCII byte."""
    first = next((i for i, byte in enumerate(data) if byte > 127), 0)
    start = max(0, first - _SAMPLE_BYTES // 2)
    best = from_bytes(data[start : start + _SAMPLE_BYTES], cp_isolation=_PLAUSIBLE).best()
    if best is None:
        return None
    # Short western texts are often guessed as one of a dozen near-identical code pages; cp1252
    # is what was meant nearly always, so it is taken whenever it is among the equals.
    return "cp1252" if "cp1252" in best.could_be_from_charset else best.encoding


def _is_text_codec(encoding: str) -> bool:
    """Tell whether Python can decode any bytes with `encoding` (not with `zip`, `hex`, `idna`)."""
    try:
        b"a\xff".decode(encoding, errors="replace")
    except (LookupError, ValueError):
        return False
    return True


def _wide_encoding(sample: bytes) -> str | None:
    """Recognise UTF-16 without a mark: in western text every second byte is zero."""
    sample = sample[: len(sample) // 2 * 2]
    half = len(sample) // 2
    if half < 4:
        return None
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if odd > half * 0.7 and even < half * 0.05:
        return "utf-16-le"
    if even > half * 0.7 and odd < half * 0.05:
        return "utf-16-be"
    return None


def _is_binary(sample: bytes) -> bool:
    """Tell whether a sample holds more control bytes than text with a few slips would."""
    controls = len(sample) - len(sample.translate(None, _CONTROLS))
    return controls * 50 > len(sample) or sample.count(0) * 200 > len(sample)
