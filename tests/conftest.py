"""Fixtures that many tests share: a deterministic fake encoder, articles, and a library of them."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import settings

from corpus.article import Article, Section, Span, article_id
from index.encoder import Encoded, PassageInput, Vectors, unit_rows

if TYPE_CHECKING:
    from playwright.sync_api import Browser

    from benchmarks.kill_ingest import Bench
    from tests.cli_tools import Quoth
    from tests.store_tools import Kept

# A test says what is right, not how fast a busy machine is.
settings.register_profile("quoth", deadline=None)
settings.load_profile("quoth")

_TESTS = count()


class FakeEncoder:
    """Hashes words into a few dimensions: texts that share words are near. Plumbing only."""

    name = "fake"
    dimension = 16
    max_tokens = 60

    def __init__(self, salt: str = "") -> None:
        self.fingerprint = f"fake-{salt}"
        self.encoded = 0

    def count(self, texts: Sequence[str]) -> list[int]:
        return [len(self.spans(text)) for text in texts]

    def spans(self, text: str) -> list[Span]:
        return [Span(*match.span()) for match in re.finditer(r"\w+|[^\w\s]", text)]

    def encode_passages(self, inputs: Sequence[PassageInput]) -> Encoded:
        self.encoded += len(inputs)
        rows = self._rows([item.context + item.text for item in inputs])
        sentences = [self._rows([s.of(item.text) for s in item.sentences]) for item in inputs]
        return Encoded(rows, sentences)

    def encode_question(self, question: str) -> Vectors:
        return self._rows([question])

    def _rows(self, texts: Sequence[str]) -> Vectors:
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in re.findall(r"\w+", text.casefold()):
                digest = hashlib.blake2b(word.encode(), digest_size=2).digest()
                rows[row, digest[0] % self.dimension] += 1 + digest[1] / 256
        return unit_rows(rows)


@pytest.fixture(autouse=True, scope="session")
def own_cache(request: pytest.FixtureRequest) -> Iterator[None]:
    """Compiled encoders are kept beside what pytest keeps, not in the user's own cache."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_CACHE_HOME", str(request.config.cache.mkdir("quoth")))
        yield


@pytest.fixture(autouse=True)
def nothing_remembered(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What one test has encoded is not known to the next."""
    place = tmp_path_factory.getbasetemp() / f"remembered-{next(_TESTS)}" / "encoders"
    monkeypatch.setattr("index.remembering.cache_home", lambda: place)


@pytest.fixture(scope="session")
def compiled_default() -> None:
    """The default encoder is compiled; the first time that takes 10 to 30 seconds."""
    from index.compile import load
    from index.models import DEFAULT_MODEL

    load(DEFAULT_MODEL)


@pytest.fixture(autouse=True)
def rules_alone(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """A reading model means nothing over a fake encoder: only `encoder` tests have one."""
    if request.node.get_closest_marker("encoder") is None:
        monkeypatch.setenv("QUOTH_READER", "none")
    else:
        request.getfixturevalue("compiled_default")


@pytest.fixture
def encoder() -> FakeEncoder:
    return FakeEncoder()


@pytest.fixture
def make_article() -> Callable[..., Article]:
    """Build an article from text; lines that start with '# ' become headings."""

    def make(text: str, title: str = "Title", **known: object) -> Article:
        sections = []
        position = 0
        parts = []
        for block in text.split("\n\n"):
            body = block.lstrip("#").lstrip() if block.startswith("#") else block
            if block.startswith("#"):
                level = len(block) - len(block.lstrip("#"))
                sections.append(Section(Span(position, position + len(body)), level))
            parts.append(body)
            position += len(body) + 2
        source = str(known.pop("source", f"{title}.txt"))
        return Article(
            article_id(source), title, "\n\n".join(parts), source,
            sections=tuple(sections), **known,  # type: ignore[arg-type]
        )  # fmt: skip

    return make


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with three small text articles."""
    root = tmp_path / "articles"
    root.mkdir()
    (root / "ferry.txt").write_text(
        "The night ferry\n\nThe night ferry carries 41 lorries. It leaves Norrhamn at 22:40.\n\n"
        "The council pays a subsidy of 2.4 million a year.",
        encoding="utf-8",
    )
    (root / "otter.md").write_text(
        "---\ntitle: The river otter\nauthor: Tomasz Wilk\ndate: 2023-05-12\n"
        "source: https://example.org/otter\n---\n\n"
        "## Return\n\nIn 1985 a survey found otters at three bridges. Roads are now the danger.\n",
        encoding="utf-8",
    )
    (root / "heat.txt").write_text(
        "Heat pumps\n\nHeat pumps were measured for five winters. The average efficiency was 2.9.",
        encoding="utf-8",
    )
    return root


@pytest.fixture
def quoth(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    tmp_path: Path,
    folder: Path,
) -> Quoth:
    """The command line, in a folder whose library holds the three articles."""
    from tests.cli_tools import ready

    command = ready(monkeypatch, capsys, tmp_path)
    assert command("ingest", folder).code == 0
    return command


@pytest.fixture(scope="module")
def milvus_file(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file of Milvus Lite for all stores of a module's tests; it is slow to open."""
    from tests.store_tools import Lite

    place = tmp_path_factory.mktemp("milvus") / "all.db"
    yield place
    Lite(place, "all").end()


@pytest.fixture(params=["folder", "milvus"])
def kept(request: pytest.FixtureRequest, tmp_path: Path, milvus_file: Path) -> Kept:
    """An empty store of each kind."""
    from tests.store_tools import Folder, Lite

    if request.param == "folder":
        return Folder(tmp_path / "library")
    return Lite(milvus_file, f"kept_{next(_TESTS)}")


@pytest.fixture(scope="session")
def kill_bench(tmp_path_factory: pytest.TempPathFactory) -> Bench:
    """Articles in two states, and undisturbed libraries of them; made once (seconds)."""
    from benchmarks.kill_ingest import Bench
    from index import ingest

    changed = ("_BATCH_PASSAGES", "_FIRST_PUBLISH", "read_files")
    before = {name: vars(ingest)[name] for name in changed}
    bench = Bench(tmp_path_factory.mktemp("kill"))
    vars(ingest).update(before)
    return bench


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium, started once for a file's tests."""
    from tests.browser_tools import chromium

    with chromium() as started:
        yield started


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The sample articles, ingested by the real encoder; made once (seconds)."""
    import app

    home = tmp_path_factory.mktemp("sample") / "library"
    code = app.main(["ingest", "--sample", "--library", str(home)])
    if code != 0:
        pytest.fail(f"the sample articles were not all taken in (exit code {code})")
    return home
