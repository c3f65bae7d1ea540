"""What the options of many commands are: library and store, encoder and reader."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from cli.setting import Setting
from cli.sources import CONFIG, VARIABLE, Parser
from cli.store import read_store
from cli.values import positive, recall

Commands = argparse._SubParsersAction  # argparse gives it no public name


def add_command(commands: Commands[Parser], name: str, run: str, about: str) -> Parser:
    """Add a command with the options that all of them share."""
    command = commands.add_parser(name, help=about, description=about)
    command.set_defaults(run=run)
    command.add_argument(
        "--config", type=Path, default=argparse.SUPPRESS, metavar="FILE",
        help=f"a file with settings ({VARIABLE}; default: {CONFIG} in this folder, if it is there)",
    )  # fmt: skip
    add_setting(command, "--library", "the library's folder", default=Path("library"), type=Path,
                metavar="DIR")  # fmt: skip
    add_setting(command, "--store", "an archive in Milvus, in the place of the library's folder: "
                "milvus://HOST:PORT/NAME, or milvus://./FILE.db", type=read_store,
                usual="the folder", metavar="ADDRESS")  # fmt: skip
    return command


def add_setting(
    command: Parser,
    flag: str,
    about: str,
    *,
    type: Any = str,
    **known: Any,
) -> None:
    """Add an option that is also a variable and a key of `quoth.toml`; see `cli.setting`."""
    command.add_setting(Setting(flag.removeprefix("--"), about, read=type, **known))


def add_encoder(command: Parser) -> None:
    """Add which encoder."""
    add_setting(
        command, "--encoder", "a sentence-transformers model, by name or folder; @int8 at its end: "
        "with 8-bit weights, faster", metavar="MODEL",
        usual="the one the library was built with, or the packaged all-MiniLM-L6-v2",
    )  # fmt: skip


def add_reader(command: Parser, *, hurried: bool = False) -> None:
    """Add the options of commands that answer: which encoder, which reader, how long it reads.

    Only people are in a hurry: what is measured must not depend on how busy the machine is.
    """
    add_encoder(command)
    add_reader_model(command)
    add_setting(command, "--reranker", "a folder with a cross-encoder that judges which passage "
                "answers", metavar="DIR")  # fmt: skip
    add_setting(command, "--recall", "in a large library: share of the nearest passages that a "
                "search by meaning is to find; 1 compares them all, by their vectors in 8 bits",
                default=0.98, type=recall, metavar="SHARE")  # fmt: skip
    about = "milliseconds to read for, never fewer than three passages"
    if hurried:
        add_setting(command, "--read-ms", about, default=300, type=positive, metavar="N")
    else:
        command.add_argument(
            "--read-ms", type=positive, metavar="N", help=f"{about} (default: no limit)"
        )


def add_reader_model(command: Parser) -> None:
    """Add which reader."""
    add_setting(command, "--reader", "a folder with an extractive question-answering model, or "
                "none", usual="Quoth's own", metavar="DIR")  # fmt: skip
