"""The compiled encoder's cache: made once, never used when damaged, never in the way."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from cli.checkup import models as checkup
from corpus.article import Span
from corpus.errors import EncoderError, LibraryMismatch
from index import compile as compiling
from index import compiled, export
from index.encoder import PassageInput
from index.ingest import ingest
from index.library import Library
from index.models import digest_of, local_folder, named, packaged_model
from index.original import load_original
from index.sentence_encoder import SentenceEncoder

ROOT = Path(__file__).parent.parent
TEXTS = ["The night ferry leaves at 22:40.", "Otters came back to the river after all."]


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    """A sentence-transformers model of one small layer, its weights drawn with a seed."""
    import torch
    from sentence_transformers import SentenceTransformer
    from sentence_transformers.sentence_transformer.modules import (
        Normalize,
        Pooling,
        Transformer,
    )
    from transformers import AutoTokenizer, BertConfig, BertModel

    torch.manual_seed(0)
    bare = tmp_path_factory.mktemp("bare")
    config = BertConfig(
        hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64
    )
    BertModel(config).save_pretrained(str(bare))
    AutoTokenizer.from_pretrained(str(packaged_model())).save_pretrained(str(bare))
    body = Transformer(str(bare), max_seq_length=64)
    folder = tmp_path_factory.mktemp("tiny")
    SentenceTransformer(modules=[body, Pooling(32), Normalize()], device="cpu").save(str(folder))
    return str(folder)


@pytest.fixture(scope="module")
def expected(tiny: str) -> Any:
    return vectors(SentenceEncoder(tiny, loading=load_original))


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache" / "quoth" / "encoders"


@pytest.fixture
def exports(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The models that were exported so far."""
    done: list[str] = []
    before = compiling.exported

    def counted(original: Any, precision: Any) -> Any:
        done.append(precision)
        return before(original, precision)

    monkeypatch.setattr(compiling, "exported", counted)
    return done


def vectors(encoder: SentenceEncoder) -> Any:
    inputs = [PassageInput(text, (Span(4, 9),), "Above\n") for text in TEXTS]
    found = encoder.encode_passages(inputs)
    return np.concatenate([found.passages, *found.sentences, encoder.encode_question(TEXTS[0])])


def is_compiled(encoder: SentenceEncoder) -> bool:
    return isinstance(encoder._network, compiled.CompiledNetwork)


def place(cache: Path) -> Path:
    (found,) = cache.iterdir()
    return found


def test_it_is_exported_once_and_says_so(
    tiny: str, expected: Any, cache: Path, exports: list[str], caplog: pytest.LogCaptureFixture
) -> None:
    for told in (2, 0):
        caplog.clear()
        encoder = SentenceEncoder(tiny)
        assert is_compiled(encoder)
        np.testing.assert_allclose(vectors(encoder), expected, atol=2e-6)
        assert len(caplog.records) == told
    assert exports == ["fp32"]
    names = {path.name for path in place(cache).iterdir()}
    assert names == {"model.onnx", "tokenizer.json", "encoder.json", "lock"}


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "encoder.json"])
@pytest.mark.parametrize("how", ["flipped", "cut", "empty", "gone"])
def test_a_damaged_file_is_never_used_and_is_made_anew(
    tiny: str, cache: Path, exports: list[str], caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch, name: str, how: str,
) -> None:  # fmt: skip
    SentenceEncoder(tiny)
    file = place(cache) / name
    whole = file.read_bytes()
    middle = len(whole) // 2
    flipped = whole[:middle] + bytes([whole[middle] ^ 1]) + whole[middle + 1 :]
    file.write_bytes({"flipped": flipped, "cut": whole[:middle]}.get(how, b""))
    if how == "gone":
        file.unlink()
    with monkeypatch.context() as patch:
        patch.setattr(compiled, "CompiledNetwork", lambda *_: pytest.fail("it was used"))
        assert compiled.read(place(cache)) is None
    caplog.clear()
    assert is_compiled(SentenceEncoder(tiny))
    assert exports == ["fp32"] * 2
    assert compiled.state(place(cache)) == compiled.WHOLE
    anew = how == "gone" and name == compiled.RECORD
    assert ("it is made anew" in caplog.text) is not anew


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
@pytest.mark.parametrize("how", ["replaced", "written to"])
def test_what_is_changed_between_its_hash_and_its_use_is_not_used(
    tiny: str, cache: Path, monkeypatch: pytest.MonkeyPatch, name: str, how: str
) -> None:
    SentenceEncoder(tiny)
    file = place(cache) / name
    load = compiled.CompiledNetwork

    def changed(*given: Any) -> compiled.CompiledNetwork:
        if how == "replaced":
            (beside := cache / "other").write_bytes(file.read_bytes())
            beside.replace(file)
        else:
            file.write_bytes(file.read_bytes())
        return load(*given)

    assert compiled.read(place(cache)) is not None
    monkeypatch.setattr(compiled, "CompiledNetwork", changed)
    assert compiled.read(place(cache)) is None


def test_what_is_told_of_the_model_is_sealed(tiny: str, cache: Path) -> None:
    SentenceEncoder(tiny)
    file = place(cache) / compiled.RECORD
    record = json.loads(file.read_text())
    record["about"]["fingerprint"] = "0" * 32
    file.write_text(json.dumps(record))
    assert compiled.read(place(cache)) is None
    assert "seal" in compiled.state(place(cache))


def test_where_nothing_can_be_kept_the_original_encodes(
    tiny: str, expected: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    exports: list[str], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    encoder = SentenceEncoder(tiny)
    assert not is_compiled(encoder)
    np.testing.assert_array_equal(vectors(encoder), expected)
    (record,) = caplog.records
    assert "XDG_CACHE_HOME" in record.getMessage()
    assert "\n" not in record.getMessage()
    assert exports == []


def test_a_full_disk_leaves_nothing_that_is_used(
    tiny: str, cache: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def full(path: Path, _: object) -> str:
        raise OSError(28, "No space left on device", str(path))

    with monkeypatch.context() as patch:
        patch.setattr(compiling, "durable_write", full)
        assert not is_compiled(SentenceEncoder(tiny))
    assert "No space left" in caplog.records[-1].getMessage()
    assert is_compiled(SentenceEncoder(tiny))


def test_a_model_that_cannot_be_compiled_is_tried_once(
    tiny: str, expected: Any, cache: Path, monkeypatch: pytest.MonkeyPatch,
    exports: list[str], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    monkeypatch.setattr(export, "SAME", -1.0)
    for _ in range(2):
        caplog.clear()
        encoder = SentenceEncoder(tiny)
        assert not is_compiled(encoder)
        np.testing.assert_array_equal(vectors(encoder), expected)
        assert "says something else" in caplog.records[-1].getMessage()
    assert exports == ["fp32"]
    assert next(checkup._compiled(tiny)).level == "note"


@pytest.mark.parametrize(
    "error",
    [RuntimeError("Could not allocate bytes object!"), MemoryError("std::bad_alloc")],
    ids=["PyTorch", "Python"],
)
def test_too_little_memory_is_not_remembered(
    tiny: str, expected: Any, cache: Path, monkeypatch: pytest.MonkeyPatch,
    exports: list[str], caplog: pytest.LogCaptureFixture, error: Exception,
) -> None:  # fmt: skip
    def short_of_memory(*_: object) -> bytes:
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(export, "_as_onnx", short_of_memory)
        encoder = SentenceEncoder(tiny)
    assert not is_compiled(encoder)
    np.testing.assert_array_equal(vectors(encoder), expected)
    assert f"was not compiled this time ({error})" in caplog.records[-1].getMessage()
    assert is_compiled(SentenceEncoder(tiny))
    assert exports == ["fp32"] * 2


def test_an_operation_that_cannot_be_exported_is_remembered(
    tiny: str, cache: Path, monkeypatch: pytest.MonkeyPatch,
    exports: list[str], caplog: pytest.LogCaptureFixture,
) -> None:  # fmt: skip
    from torch.onnx import OnnxExporterError

    def unfit(*_: object) -> bytes:
        raise OnnxExporterError("no operator for this")

    monkeypatch.setattr(export, "_as_onnx", unfit)
    for _ in range(2):
        caplog.clear()
        assert not is_compiled(SentenceEncoder(tiny))
        told = caplog.records[-1].getMessage()
        assert f"no operator for this; for another try delete {place(cache)}" in told
    assert exports == ["fp32"]
    assert str(place(cache)) in next(checkup._compiled(tiny)).cure


def test_an_exporter_that_fails_is_told(tiny: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> bytes:
        raise RuntimeError("no operator for this\nand a long trace")

    monkeypatch.setattr(export, "_as_onnx", fails)
    with pytest.raises(export.NotExportable, match=r"^no operator for this$"):
        export.exported(load_original(tiny), "fp32")


def test_a_cache_that_others_may_write_is_not_read(
    tiny: str, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    SentenceEncoder(tiny)
    place(cache).chmod(0o777)
    assert not is_compiled(SentenceEncoder(tiny))
    assert "others may write it" in caplog.records[-1].getMessage()
    assert "others may write it" in compiled.state(place(cache))


def test_of_two_at_once_one_compiles(tiny: str, cache: Path, exports: list[str]) -> None:
    with ThreadPoolExecutor(2) as pool:
        both = list(pool.map(SentenceEncoder, [tiny, tiny]))
    assert all(map(is_compiled, both))
    assert exports == ["fp32"]


def test_a_changed_prompt_is_another_model(tiny: str, tmp_path: Path) -> None:
    copy = Path(shutil.copytree(tiny, tmp_path / "copy"))
    before = digest_of(str(copy), copy)
    assert before == digest_of(tiny, Path(tiny))
    file = copy / "config_sentence_transformers.json"
    config = json.loads(file.read_text())
    file.write_text(json.dumps(config | {"prompts": {"query": "ask: "}}))
    assert digest_of(str(copy), copy) != before


def test_names(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert named("owner/model@int8") == ("owner/model", "int8")
    assert named("owner/model@main") == ("owner/model@main", "fp32")
    assert named("@int8") == ("@int8", "fp32")
    (tmp_path / "odd@int8").mkdir()
    assert named("odd@int8") == ("odd@int8", "fp32")
    assert local_folder("no/such-model") is None
    assert local_folder("not a name: at all/x/y") is None


def test_eight_bits_are_another_encoder_that_the_library_remembers(
    tiny: str, expected: Any, cache: Path, folder: Path, tmp_path: Path
) -> None:
    light, whole = SentenceEncoder(f"{tiny}@int8"), SentenceEncoder(tiny)
    apart = np.abs(vectors(light) - expected).max()
    assert 1e-4 < apart < 0.2
    ingest([folder], tmp_path / "library", light)
    library = Library.open(tmp_path / "library")
    with pytest.raises(LibraryMismatch, match="@int8"):
        library.check_encoder(whole)
    library.check_encoder(SentenceEncoder(library.settings.encoder))
    library.close()


def test_eight_bits_are_not_replaced_by_the_original(
    tiny: str, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(export.LEAST_COSINE, "int8", 2.0)
    with pytest.raises(EncoderError, match="use it as it is: --encoder") as raised:
        SentenceEncoder(f"{tiny}@int8")
    assert "\n" not in str(raised.value)


def test_the_doctor_tells_of_the_cache(
    tiny: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def told() -> tuple[str, str]:
        (found,) = checkup._compiled(tiny)
        return found.level, found.what

    assert told()[0] == "fine"
    assert "not yet" in told()[1]
    SentenceEncoder(tiny)
    assert told()[0] == "fine"
    assert "hashes are right" in told()[1]
    (place(cache) / compiled.MODEL).write_bytes(b"")
    assert told()[0] == "note"
    assert "damaged" in told()[1]
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert told()[0] == "note"


COMMAND = "import sys, app\ncode = app.main(sys.argv[1:])"
SERVER = """
import sys
from pathlib import Path
from starlette.testclient import TestClient
from qa.archive import Archive
from web.serve import build_app
client = TestClient(build_app(Archive.open(Path(sys.argv[-1]))))
reply = client.post("/api/ask", json={"question": sys.argv[2]})
code = reply.status_code - 200
assert reply.json()["status"] == "answered", reply.text
"""
PYTORCH = ["torch", "transformers", "sentence_transformers", "onnx"]
LAZY = [*PYTORCH, "gradio", "sklearn", "huggingface_hub"]


@pytest.mark.encoder
@pytest.mark.parametrize(
    ("code", "command", "heavy"),
    [
        (COMMAND, ["ask", "How long is the probation period?"], LAZY),
        (COMMAND, ["ingest", "new.txt"], LAZY),
        (SERVER, ["serve", "How long is the probation period?"], PYTORCH),
    ],
    ids=["ask", "ingest", "serve"],
)
def test_asking_ingesting_and_serving_load_no_pytorch(
    sample_library: Path, tmp_path: Path, code: str, command: list[str], heavy: list[str]
) -> None:
    library = shutil.copytree(sample_library, tmp_path / "library")
    (tmp_path / "new.txt").write_text("A new text\n\nThe ferry is late again.")
    told = f"\nprint(code, [name for name in {heavy} if name in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code + told, *command, "--library", str(library)],
        capture_output=True, text=True, cwd=tmp_path, env=os.environ | {"PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.splitlines()[-1] == "0 []", done.stderr
