"""The garbage collector, told to leave alone what a server has loaded."""

from __future__ import annotations

import gc


def spare_what_is_loaded() -> None:
    """Keep the collector from looking through all that is loaded by now, again and again.

    With the page it is 200,000 objects that stay to the end; looking through them stops every
    question for a tenth of a second (https://docs.python.org/3/library/gc.html#gc.freeze).
    """
    gc.collect()
    gc.freeze()
