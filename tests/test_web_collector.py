"""What a server has loaded is not looked through again for what can be thrown away."""

from __future__ import annotations

import gc
import weakref

import pytest

import web.serve
from tests.fake_archive import FakeArchive
from web.collector import spare_what_is_loaded
from web.stop import StoppingServer


class Node:
    """Something that holds itself, so that only the collector can end it."""

    def __init__(self) -> None:
        self.self = self


def test_what_is_loaded_is_spared_and_what_comes_later_is_not() -> None:
    spare_what_is_loaded()
    assert gc.get_freeze_count() > 10_000
    later = weakref.ref(Node())
    gc.collect()
    assert later() is None


def test_what_is_garbage_already_is_not_kept() -> None:
    gc.disable()
    try:
        garbage = weakref.ref(Node())
        spare_what_is_loaded()
        assert garbage() is None
    finally:
        gc.enable()


def test_a_server_spares_its_page(monkeypatch: pytest.MonkeyPatch) -> None:
    gc.unfreeze()
    spared: list[int] = []
    monkeypatch.setattr(web.serve, "check_address", lambda host, port: None)
    monkeypatch.setattr(StoppingServer, "run", lambda self: spared.append(gc.get_freeze_count()))
    web.serve.serve(FakeArchive())
    assert spared[0] > 50_000
