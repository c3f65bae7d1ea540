"""What shaped a library, each part changed in turn: refused with both values and the cure.

Parametrised over the fields of the dataclasses themselves, so that a new one cannot be forgotten.
"""

from __future__ import annotations

import json
import logging
import sqlite3
from contextlib import closing
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from corpus.chunk import ChunkRules
from corpus.errors import LibraryMismatch
from index import derived, schema
from index.derived import Manifest
from index.ingest import ingest
from index.library import Library
from index.progress import IngestRules
from index.verify_derived import derived_findings
from qa.archive import Archive
from tests.conftest import FakeEncoder

FROM_ENCODER = {"encoder": "name", "encoder_fingerprint": "fingerprint", "dimension": "dimension"}
"""Which attribute of the encoder a field of the settings holds."""

QUESTION = "How many lorries does the night ferry carry?"


def another(value: Any) -> Any:
    """Return another value of the same kind."""
    if isinstance(value, str):
        return {"trail": "title"}.get(value, f"{value}-other")
    return not value if isinstance(value, bool) else value + 1


@pytest.fixture
def home(folder: Path, tmp_path: Path) -> Path:
    ingest([folder], tmp_path / "library", FakeEncoder())
    return tmp_path / "library"


def settings_of(home: Path) -> schema.Settings:
    library = Library.open(home)
    library.close()
    return library.settings


def refused(home: Path, folder: Path, encoder: FakeEncoder, rules: IngestRules) -> str:
    """Ingest and return the refusal; nothing may have changed by it."""
    before = (home / schema.DATABASE).read_bytes()
    with pytest.raises(LibraryMismatch) as refusal:
        ingest([folder], home, encoder, rules=rules)
    assert (home / schema.DATABASE).read_bytes() == before
    return str(refusal.value)


@pytest.mark.parametrize("field", [field.name for field in fields(schema.Settings)])
def test_every_setting_changed_in_turn_is_refused(home: Path, folder: Path, field: str) -> None:
    old = getattr(settings_of(home), field)
    encoder, rules = FakeEncoder(), IngestRules()
    if is_dataclass(old):
        pytest.skip("each of its fields is tried below")
    new = another(old)
    if field in FROM_ENCODER:
        setattr(encoder, FROM_ENCODER[field], new)
    else:
        rules = replace(rules, **{field: new})
    if field == "encoder":  # another name for the same weights: an encoder is its fingerprint
        assert ingest([folder], home, encoder).unchanged == 3
        return
    line = refused(home, folder, encoder, rules)
    assert f"{field} {old!r}" in line
    assert f"not {new!r}" in line
    assert line.endswith("ingest into a new library with --library NEW")
    if field in FROM_ENCODER:
        with pytest.raises(LibraryMismatch, match=r"quoth ingest FOLDER --library NEW") as asked:
            Archive(Library.open(home), encoder).ask(QUESTION)
        assert str(old)[:8] in str(asked.value)
        assert str(new)[:8] in str(asked.value)


@pytest.mark.parametrize("field", [field.name for field in fields(ChunkRules)])
def test_every_rule_of_splitting_changed_in_turn_is_refused(
    home: Path, folder: Path, field: str
) -> None:
    old = settings_of(home).chunk
    new = replace(old, **{field: another(getattr(old, field))})
    line = refused(home, folder, FakeEncoder(), IngestRules(chunk=new))
    assert f"chunk {old!r}" in line
    assert f"not {new!r}" in line
    assert line.endswith("ingest into a new library with --library NEW")


@pytest.mark.parametrize("number", [schema.SCHEMA + 1, 1])
def test_another_schema_is_refused(home: Path, folder: Path, number: int) -> None:
    with closing(sqlite3.connect(home / schema.DATABASE)) as connection, connection:
        connection.execute("UPDATE meta SET value = ? WHERE key = 'schema'", (number,))
    with pytest.raises(LibraryMismatch) as refusal:
        ingest([folder], home, FakeEncoder())
    line = str(refusal.value)
    assert f"schema {number}, this version reads schema {schema.SCHEMA}" in line
    assert ("quoth upgrade --library" in line) == (str(number) in schema.UPGRADABLE)


@pytest.mark.parametrize("field", [field.name for field in fields(Manifest)])
def test_every_field_of_the_manifest_changed_in_turn_is_not_believed(
    home: Path, field: str, caplog: pytest.LogCaptureFixture
) -> None:
    manifest = derived.read_manifest(home)
    assert manifest is not None
    changed = asdict(manifest) | {field: another(getattr(manifest, field))}
    library = Library.open(home)
    settings = library.settings.to_json()
    with library.snapshot() as snapshot, caplog.at_level(logging.WARNING, "quoth.index"):
        (right,) = derived.load(home, snapshot, settings, 16)
        assert caplog.messages == []
        (home / derived.MANIFEST).write_text(json.dumps(changed), encoding="utf-8")
        (rebuilt,) = derived.load(home, snapshot, settings, 16)
        assert len(caplog.messages) == 1
        current = derived.is_current(home, snapshot, settings)
    library.close()
    assert (rebuilt.generation, rebuilt.last, len(rebuilt.meaning), len(rebuilt.words)) == (
        right.generation, right.last, len(right.meaning), len(right.words)
    )  # fmt: skip
    assert not current
    assert list(derived_findings(home))
