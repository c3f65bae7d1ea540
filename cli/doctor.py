"""`quoth doctor`: whether all that Quoth needs is here, in a form that can be shown to others.

What is looked at is in `cli.checkup`. Nothing is changed, nothing is asked of another host, and no
title, question, value of a variable or home folder is printed.
"""

from __future__ import annotations

import json
import textwrap
from argparse import Namespace
from collections.abc import Iterator

from cli.checkup.finding import Checked
from cli.style import Style

UNFIT = 16
_INDENT = 17
_SIGNS = {"fine": "ok  ", "note": "note", "problem": "BAD "}


def run(options: Namespace) -> int:
    """Look and print; returns 0, or `UNFIT` when something does not work."""
    found = []
    for item in _checks(options):
        found.append(item)
        if not options.json:
            _print(item)
    problems = sum(item.level == "problem" for item in found)
    if options.json:
        whole = {"status": "unfit" if problems else "fit", "checks": [i._asdict() for i in found]}
        print(json.dumps(whole, ensure_ascii=False, indent=1))
    elif problems:
        print(f"\n{problems} of these {'is' if problems == 1 else 'are'} in the way")
    else:
        print("\nnothing is in the way; that every stored word is sound is said by: quoth verify")
    return UNFIT if problems else 0


def _checks(options: Namespace) -> Iterator[Checked]:
    from cli.checkup.beside import beside_checks
    from cli.checkup.machine import machine_checks
    from cli.checkup.models import model_checks
    from cli.checkup.place import place_checks

    yield from machine_checks(options.config)
    yield from model_checks(options.encoder, options.reader)
    yield from beside_checks(options.library)
    yield from place_checks(options.library, options.host, options.port)


def _print(item: Checked) -> None:
    style = Style()
    sign = _SIGNS[item.level]
    sign = style.warn(sign) if item.level == "problem" else style.dim(sign)
    # Names and paths stay whole: they are there to be copied.
    whole = textwrap.TextWrapper(
        style.width - _INDENT, break_long_words=False, break_on_hyphens=False
    )
    lines = whole.wrap(item.what)
    whole.initial_indent = "→ "
    lines += whole.wrap(item.cure)
    text = f"\n{' ' * _INDENT}".join(lines)
    print(f"{sign} {style.bold(f'{item.topic:12}')}{text}", flush=True)
