"""Imports run one way, and each heavy library stays in its place."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ORDER = ["corpus", "index", "qa", "web", "cli", "app"]
HOMES = {
    "faiss": {"index/meaning.py", "index/clusters.py"},
    "tantivy": {"index/words.py"},
    "sqlite3": {"index/schema.py", "index/rows.py", "index/snapshot.py", "index/writer.py",
                "index/known.py",
                "index/library.py", "index/verify.py", "index/verify_rows.py",
                "index/verify_derived.py", "index/backup.py", "index/seal.py",
                "index/upgrade.py", "index/copies.py", "index/verify_copies.py",
                "index/remembering.py", "index/article_cache.py",
                "index/feedback.py"},
    "pymilvus": {"index/milvus/client.py", "index/milvus/collections.py"},
    "datasketch": {"index/signatures.py"},
    "sentence_transformers": {"index/original.py", "qa/reader/foreign.py"},
    "torch": {"index/original.py", "index/export.py", "qa/reader/foreign.py"},
    "transformers": {"index/original.py", "qa/reader/foreign.py"},
    "huggingface_hub": {"index/models.py"},
    "onnx": {"index/export.py"},
    "onnxruntime": {"index/onnx_runtime.py", "index/export.py"},
    "tokenizers": {"index/tokenizing.py", "qa/reader/tokens.py"},
    "tiktoken": {"qa/tokens.py"},
    "regex": {"corpus/graphemes.py"},
    "sklearn": {"qa/calibrate/isotonic.py"},
    "trafilatura": {"corpus/formats/html.py"},
    "pypdfium2": {"corpus/formats/pdf.py", "corpus/formats/pdflayout.py"},
    "docx": {"corpus/formats/docx.py"},
    "prometheus_client": {"web/metrics.py"},
    "pickle": set(),
}  # fmt: skip
LAYERS = {"gradio": "web", "fastapi": "web", "starlette": "web", "uvicorn": "web"}


def sources() -> list[Path]:
    found = [path for layer in ORDER[:-1] for path in sorted((ROOT / layer).rglob("*.py"))]
    return [*found, ROOT / "app.py"]


def imported(path: Path) -> Iterator[tuple[str, bool]]:
    """Yield every imported module with whether it is imported when the file is."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    top = set(map(id, tree.body))
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from ((alias.name, id(node) in top) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module, id(node) in top


@pytest.mark.parametrize("path", sources(), ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_run_one_way(path: Path) -> None:
    own = ORDER.index(path.relative_to(ROOT).parts[0].removesuffix(".py"))
    for module, _ in imported(path):
        first = module.split(".")[0]
        if first in ORDER:
            assert ORDER.index(first) <= own, f"{path.name} imports {module}"


def test_heavy_libraries_stay_in_their_files() -> None:
    for path in sources():
        name = str(path.relative_to(ROOT))
        for module, _ in imported(path):
            first = module.split(".")[0]
            assert name in HOMES.get(first, {name}), f"{name} imports {module}"
            layer = LAYERS.get(first)
            assert layer is None or name.startswith(layer), f"{name} imports {module}"


def test_help_and_the_core_load_nothing_heavy() -> None:
    code = (
        "import sys, app, qa.answer, qa.calibrate.isotonic, corpus.chunk\n"
        "app.parser().format_help()\n"
        "heavy = {'torch', 'gradio', 'faiss', 'transformers', 'sentence_transformers', 'tantivy',"
        " 'sklearn', 'datasketch', 'pymilvus'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    output = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=ROOT)
    assert output.stdout.strip() == "[]", output.stderr
