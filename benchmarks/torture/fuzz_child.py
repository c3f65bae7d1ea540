"""One fuzzing process: bytes through a parser, assembly and splitting, steered by coverage.

    python -m benchmarks.torture.fuzz_child KIND OUT SECONDS SEED

Started by `benchmarks.torture.fuzz`; libFuzzer (through atheris) ends it after SECONDS, or when an
input hangs, swells or crashes. Errors and broken promises do not end it: each new one is written
to OUT with its input and its trace.
"""

from __future__ import annotations

import hashlib
import io
import resource
import sys
import traceback
import zipfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import atheris

_FORMATS = ("docx", "html", "markdown", "pdf", "plain", "records", "squad")
_STEERED_BY = ["corpus", "markdown_it", "docx", "yaml", "trafilatura", "htmldate", "courlan"]

with atheris.instrument_imports(include=_STEERED_BY):
    for _name in _FORMATS:
        import_module(f"corpus.formats.{_name}")
    from benchmarks.torture.promises import broken, not_a_partition
    from benchmarks.torture.seeds import seeds
    from corpus.assemble import assemble_all
    from corpus.chunk import split
    from corpus.formats import parse
    from tests.conftest import FakeEncoder

PART = "docx.xml"
"""The kind whose inputs are a DOCX's main part; the rest of the package stays whole."""

_LONGEST = 200_000
_LIMIT_BYTES = 4_000_000_000
_RSS_MEGABYTES = 1_500
_INPUT_SECONDS = 20


class BrokenPromise(Exception):
    """An article or its passages are not as promised."""


class Target:
    """What libFuzzer calls with every input."""

    def __init__(self, kind: str, out: Path) -> None:
        self._kind = kind
        self._out = out
        self._tokens = FakeEncoder()
        self._seen: set[str] = set()
        self._suffix = "." + ("docx" if kind == PART else kind.rsplit(".", 1)[-1])
        self._packed = _packer() if kind == PART else bytes

    def __call__(self, data: bytes) -> None:
        """Take one input through; write down what is new and wrong."""
        try:
            self._through(self._packed(data))
        except (MemoryError, RecursionError):
            return  # `corpus.child` has a line for each
        except Exception as error:  # noqa: BLE001 - whatever it is, it is what is looked for
            self._found(error, data)

    def _through(self, data: bytes) -> None:
        name = f"fuzz/file{self._suffix}"
        raws, problems = parse(data, self._suffix, name)
        articles, more = assemble_all(raws, name)
        if not (articles or problems or more):
            raise BrokenPromise("neither an article nor a problem")
        for article in articles:
            spans = [chunk.passage.span for chunk in split(article, self._tokens)]
            for line in (*broken(article), *not_a_partition(article, spans)):
                raise BrokenPromise(line)

    def _found(self, error: Exception, data: bytes) -> None:
        frames = traceback.extract_tb(error.__traceback__)[-3:]
        places = [f"{Path(frame.filename).name}:{frame.lineno}" for frame in frames]
        what = str(error)[:30] if isinstance(error, BrokenPromise) else ""
        signature = f"{type(error).__name__} {what} {places}"
        if signature in self._seen:
            return
        self._seen.add(signature)
        digest = hashlib.sha256(signature.encode()).hexdigest()[:12]
        path = self._out / f"finding-{self._kind}-{digest}"
        path.write_bytes(self._packed(data))
        path.with_name(path.name + ".trace").write_text(
            "".join(traceback.format_exception(error)), encoding="utf-8", errors="replace"
        )


def _packer() -> Callable[[bytes], bytes]:
    """Return a function that puts a main part into the seed's package."""
    with zipfile.ZipFile(io.BytesIO(seeds()["docx"])) as package:
        parts = {name: package.read(name) for name in package.namelist()}

    def packed(data: bytes) -> bytes:
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as package:
            for name, content in parts.items():
                package.writestr(name, data if name == "word/document.xml" else content)
        return out.getvalue()

    return packed


def _seed(kind: str) -> bytes:
    if kind != PART:
        return seeds()[kind]
    with zipfile.ZipFile(io.BytesIO(seeds()["docx"])) as package:
        return package.read("word/document.xml")


def main() -> None:
    """Fuzz until libFuzzer ends the process."""
    kind, out, seconds, seed = sys.argv[1:5]
    resource.setrlimit(resource.RLIMIT_AS, (_LIMIT_BYTES, _LIMIT_BYTES))
    inputs = Path(out) / f"corpus-{kind}"
    inputs.mkdir(parents=True, exist_ok=True)
    (inputs / "seed").write_bytes(_seed(kind))
    arguments = [
        sys.argv[0], f"-max_total_time={seconds}", f"-seed={seed}", f"-max_len={_LONGEST}",
        f"-timeout={_INPUT_SECONDS}", f"-rss_limit_mb={_RSS_MEGABYTES}", "-print_final_stats=1",
        f"-artifact_prefix={out}/{kind}-", str(inputs),
    ]  # fmt: skip
    atheris.Setup(arguments, Target(kind, Path(out)))
    atheris.Fuzz()


if __name__ == "__main__":
    main()
