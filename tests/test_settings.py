"""Settings: flag, variable, file, default, in this order; a slip is one line, a secret no line."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tomllib
from argparse import Namespace, _SubParsersAction
from collections.abc import Iterator
from inspect import signature
from pathlib import Path
from typing import Any

import pytest

import app
import cli.settings
import web.serve
from cli.setting import Setting, SettingError
from cli.sources import Parser
from corpus.worker import Limits
from index.clusters import DEFAULT_RECALL
from index.library import DEFAULT_FOLDER
from index.milvus.address import Address
from index.remembering import DEFAULT_MEGABYTES
from tests.cli_tools import Quoth, one_line, ready
from tests.test_docs_json import printed, tables
from web.policy import Policy

ROOT = Path(__file__).parent.parent


def commands_of(parser: Parser) -> Iterator[tuple[str, Parser]]:
    """Yield what runs something, by its name without `quoth`: `token new`, too."""
    below = [each for each in parser._actions if isinstance(each, _SubParsersAction)]
    if not below:
        yield parser.prog.removeprefix("quoth "), parser
    for each in below:
        for command in each.choices.values():
            yield from commands_of(command)


COMMANDS: dict[str, Parser] = dict(commands_of(app.parser()))
DECLARED = COMMANDS["settings"].settings
SAID_ONCE = {"help", "config", "open"}
"""Options of `quoth serve` that mean something for one run only."""

CANDIDATES = (
    "11", "12", "13", "/one", "/two", "/three", "one", "two", "three", "https://one.example",
    "https://two.example", "10.0.0.0/8", "10.0.0.1", "5%", "true", "false",
    "milvus://one.example/one", "milvus://./two.db", "milvus://./three.db/three",
)  # fmt: skip


@pytest.fixture
def quoth(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> Quoth:
    run = ready(monkeypatch, capsys, tmp_path)
    for name in list(os.environ):
        if name.startswith("QUOTH_"):
            monkeypatch.delenv(name)
    return run


def samples(setting: Setting) -> list[str]:
    """Return texts that the setting takes, three if it can, none of them the default."""
    found: dict[Any, str] = {}
    for text in setting.choices or CANDIDATES:
        try:
            value = setting.from_text(text)
        except SettingError:
            continue
        if value != setting.default:
            found.setdefault(value, text)
    assert found, f"no sample for {setting.name}: add one to CANDIDATES"
    return (list(found.values()) * 3)[:3]


def flag(setting: Setting, text: str) -> list[str]:
    if setting.switch:
        return [f"--{'' if setting.from_text(text) else 'no-'}{setting.name}"]
    return [f"--{setting.name}", text]


def in_toml(setting: Setting, text: str) -> str:
    value = text if setting.switch or text.isdecimal() else f'"{text}"'
    return f"{setting.name} = {f'[{value}]' if setting.many else value}\n"


def told(quoth: Quoth, name: str, *arguments: str) -> tuple[Any, str]:
    result = quoth("settings", "--json", *arguments)
    assert (result.code, result.err) == (0, "")
    (row,) = [row for row in result.json["settings"] if row["name"] == name]
    return row["value"], row["from"]


def shown(setting: Setting, text: str) -> Any:
    value = setting.from_text(text)
    value = list(value) if setting.many else value
    return "set" if setting.secret else str(value) if isinstance(value, Path | Address) else value


@pytest.mark.parametrize("name", DECLARED)
def test_flag_then_variable_then_file_then_default(
    quoth: Quoth, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    setting = DECLARED[name]
    typed, variable, filed = samples(setting)
    assert told(quoth, name)[1] == "default"
    Path("quoth.toml").write_text(in_toml(setting, filed))
    assert told(quoth, name) == (shown(setting, filed), "file")
    monkeypatch.setenv(setting.variable, "")
    assert told(quoth, name)[1] == "file"  # an empty variable is one that is not set
    monkeypatch.setenv(setting.variable, variable)
    assert told(quoth, name) == (shown(setting, variable), "variable")
    assert told(quoth, name, *flag(setting, typed)) == (shown(setting, typed), "flag")


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_means_the_same_by_a_setting_and_helps(command: str) -> None:
    parser = COMMANDS[command]
    text = " ".join(parser.format_help().split())
    for name, setting in parser.settings.items():
        assert setting == DECLARED[name]
        usual = setting.usual or (setting.default if setting.default not in (None, "", ()) else "")
        ways = f"({setting.variable}; default: {usual})" if usual != "" else f"({setting.variable})"
        assert ways.replace("- ", "-") in text.replace("- ", "-"), name
    assert "library" in parser.settings


def test_each_option_of_the_server_is_a_setting() -> None:
    given = {action.dest for action in COMMANDS["serve"]._actions}
    settings = {setting.dest for setting in COMMANDS["serve"].settings.values()}
    assert given - settings == SAID_ONCE


def test_what_is_written_twice_for_a_light_help_is_the_same() -> None:
    plain, policy = {name: each.default for name, each in DECLARED.items()}, Policy()
    server = signature(web.serve.serve).parameters
    assert plain["recall"] == DEFAULT_RECALL
    assert plain["max-megabytes"] * 1_000_000 == Limits().max_bytes
    assert plain["cache-megabytes"] == DEFAULT_MEGABYTES
    assert plain["library"] == DEFAULT_FOLDER
    assert plain["questions-per-minute"] == policy.questions_per_minute
    assert plain["recent"] == policy.recent
    for name in ("host", "port", "stop-seconds"):
        assert plain[name] == server[name.replace("-", "_")].default


def test_a_command_gets_its_values(quoth: Quoth, monkeypatch: pytest.MonkeyPatch) -> None:
    Path("quoth.toml").write_text('port = 8001\nhost = "::1"\nreader = "none"\n')
    monkeypatch.setenv("QUOTH_HOST", "0.0.0.0")
    options = app.parser().parse_args(["serve", "--library", "here"])
    assert (options.port, options.host, options.reader) == (8001, "0.0.0.0", "none")
    assert (options.library, options.read_ms, options.stop_seconds) == (Path("here"), 300, 10)
    checks = quoth("doctor").out
    assert "8001" in checks
    assert "settings are read from quoth.toml" in " ".join(checks.split())


@pytest.mark.parametrize("way", ["flag", "variable"])
def test_another_file_can_be_named(
    quoth: Quoth, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, way: str
) -> None:
    Path("quoth.toml").write_text("port = 8001\n")
    (tmp_path / "other.toml").write_text("read-ms = 90\n")
    named: tuple[str, ...] = ("--config", "other.toml")
    if way == "variable":
        monkeypatch.setenv("QUOTH_CONFIG", "other.toml")
        named = ()
    assert told(quoth, "read-ms", *named) == (90, "file")
    assert told(quoth, "port", *named) == (7860, "default")
    assert quoth("settings", "--json", *named).json["file"] == "other.toml"


def test_a_library_named_elsewhere_is_not_built_into(
    quoth: Quoth, monkeypatch: pytest.MonkeyPatch
) -> None:
    from cli.sources import was_typed

    monkeypatch.setenv("QUOTH_LIBRARY", "precious")
    options = app.parser().parse_args(["evaluate", "x", "--build"])
    assert (options.library, was_typed(options, "library")) == (Path("precious"), False)
    options = app.parser().parse_args(["evaluate", "x", "--build", "--library", "new"])
    assert was_typed(options, "library")


ERRORS = {
    "prot = 1": "quoth.toml, line 1: 'prot' is no setting; the nearest is 'port'",
    "# no\n\nread_ms = 1": "quoth.toml, line 3: 'read_ms' is no setting; the nearest is 'read-ms'",
    "[serve]\nport = 1": "quoth.toml, line 1: 'serve' is no setting; there are: ",
    "zzzzzz = 1": "'zzzzzz' is no setting; there are: at-once, cache-megabytes, embed-origins, ",
    'host = "x"\nport = "abc"': "quoth.toml, line 2: port: 'abc' is not a whole number of at least",
    "port = 70000": "line 1: port: '70000' is no port; ports end at 65535",
    "port = true": "port: true is not what it may be: one value, in quotes or a number",
    "port = [1]": "port: [1] is not what it may be: one value, in quotes or a number",
    "library = 2001-01-01": "library: datetime.date(2001, 1, 1) is not what it may be: one value",
    "root-path = 'quoth'": "root-path: 'quoth' is no path of letters, digits and slashes, as /qu",
    "port = \n": "quoth.toml is not valid TOML: Invalid value (at line 1, column 8)",
    "port = 1\nport = 2\n": "quoth.toml is not valid TOML: Cannot overwrite a value (at line 2",
    'library = "a\\u0000b"': "quoth.toml, line 1: library: it holds a NUL character; give (or",
    f"x = {'[' * 3_000}": "quoth.toml is nested too deeply; no setting is",
    f"library = 0x{'f' * 5_000}": "quoth.toml is not valid TOML: Exceeds the limit",
    "name = '\xff'": "quoth.toml is not valid TOML: 'utf-8' codec can't decode byte 0xff",
}


@pytest.mark.parametrize("text", ERRORS)
def test_a_slip_in_the_file_is_one_line(quoth: Quoth, text: str) -> None:
    Path("quoth.toml").write_bytes(text.encode("latin-1"))
    result = quoth("settings")
    assert (result.code, result.out) == (2, "")
    line = one_line(result)
    assert ERRORS[text] in line
    assert line.endswith("; see: quoth settings --help")


def test_a_bad_value_spoils_only_the_command_that_needs_it(quoth: Quoth) -> None:
    Path("quoth.toml").write_text('port = "abc"')
    assert quoth("articles").code == 4  # no library; but that is another matter
    assert quoth("serve").code == 2


def test_a_file_may_begin_with_a_byte_order_mark(quoth: Quoth) -> None:
    Path("quoth.toml").write_bytes(b"\xef\xbb\xbfport = 8001\n")
    assert told(quoth, "port") == (8001, "file")


def test_a_file_that_is_named_must_be_there(quoth: Quoth) -> None:
    line = one_line(quoth("articles", "--config", "no.toml"))
    assert line.startswith("quoth: no.toml cannot be read (No such file or directory); name anoth")
    assert "quoth settings --example > quoth.toml" in line


def test_a_slip_in_a_variable_is_told(quoth: Quoth, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("QUOTH_PROT", "80")
    monkeypatch.setenv("QUOTH_ELSEWHERE", "x")
    result = quoth("settings")
    assert result.code == 0
    assert result.err == "QUOTH_PROT is set, but is no setting; the nearest is QUOTH_PORT\n"
    monkeypatch.setenv("QUOTH_PORT", "x")
    assert one_line(quoth("settings")).startswith("quoth: QUOTH_PORT, for --port: 'x' is not a wh")


def test_the_example_says_what_the_defaults_say(quoth: Quoth) -> None:
    text = quoth("settings", "--example").out
    values = tomllib.loads(text)
    for name, setting in DECLARED.items():
        if setting.default is None:
            assert name not in values
            assert f"\n# {name} = " in text
        else:
            assert setting.from_file(values.pop(name)) == setting.default
    assert not set(values) - set(DECLARED)
    defaults = {row["name"]: row["value"] for row in quoth("settings", "--json").json["settings"]}
    Path("quoth.toml").write_text(text)
    rows = quoth("settings", "--json").json["settings"]
    assert {row["name"]: row["value"] for row in rows} == defaults
    assert {row["from"] for row in rows if row["value"] is not None} == {"file"}
    # What stands there as a comment is TOML, too, and of a known key.
    tomllib.loads(re.sub(r"^# (?=[\w-]+ = )", "", text, flags=re.M))


def test_the_table_is_for_people_and_the_json_is_the_documented_one(quoth: Quoth) -> None:
    Path("quoth.toml").write_text("port = 8001\n")
    lines = quoth("settings", "--host", "::1").out.splitlines()
    assert len(lines) == len(DECLARED)
    assert any(re.fullmatch(r"port +8001 +quoth\.toml", line) for line in lines)
    assert any(re.fullmatch(r"host +::1 +flag", line) for line in lines)
    (documented,) = tables("`quoth settings --json`")
    assert printed(quoth("settings", "--json").json) == documented


def a_parser() -> Parser:
    """A command with kinds of settings that need not occur among those of today."""
    parser = Parser(prog="quoth x")
    for setting in (
        Setting("api-token", "a secret", read=int),
        Setting("proxy", "proxies", default=(), many=True),
        Setting("log-format", "how to log", default="text", choices=("text", "json")),
        Setting("quiet", "say less", default=False, switch=True),
    ):
        parser.add_setting(setting)
    parser.known = parser.settings
    return parser


def parsed(*given: str) -> Namespace:
    options: Namespace = a_parser().parse_args(given)
    return options


def test_lists_choices_and_switches(quoth: Quoth, monkeypatch: pytest.MonkeyPatch) -> None:
    usual = parsed()
    assert (usual.proxy, usual.log_format, usual.quiet) == ((), "text", False)
    file = Path("quoth.toml")
    file.write_text('proxy = ["a", "b"]\nlog-format = "json"\nquiet = true\n')
    filed = parsed()
    assert (filed.proxy, filed.log_format, filed.quiet) == (("a", "b"), "json", True)
    file.write_text('proxy = "a"\n')
    assert parsed().proxy == ("a",)
    monkeypatch.setenv("QUOTH_PROXY", "c, d,")
    monkeypatch.setenv("QUOTH_QUIET", "Yes")
    assert (parsed().proxy, parsed().quiet) == (("c", "d"), True)
    typed = parsed("--proxy", "e", "--proxy", "f", "--no-quiet", "--log-format", "json")
    assert (typed.proxy, typed.quiet, typed.log_format) == (("e", "f"), False, "json")


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ('log-format = "xml"', "log-format: 'xml' is none of: text, json"),
        ('quiet = "perhaps"', "quiet: 'perhaps' is not true or false"),
        ("quiet = [true]", "quiet: [True] is not what it may be: true or false"),
        ("proxy = [[1]]", "proxy: [1] is not what it may be: a list of such values"),
        ('api-token = "hunter2"', "line 1: api-token: its value is not what it may be; see"),
        ("api-token = [5318008]", "api-token: its value is not what it may be: one value"),
    ],
)
def test_what_such_settings_refuse(
    quoth: Quoth, capsys: pytest.CaptureFixture[str], text: str, what: str
) -> None:
    Path("quoth.toml").write_text(text)
    with pytest.raises(SystemExit):
        parsed()
    told = capsys.readouterr().err
    assert what in told
    assert "hunter2" not in told
    assert "5318008" not in told


def test_a_secret_is_never_printed(
    quoth: Quoth, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    known = a_parser().settings
    for secret, where in ((None, "default"), ("5318008", "variable")):
        if secret:
            monkeypatch.setenv("QUOTH_API_TOKEN", secret)
        for as_json in (True, False):
            options = Namespace(**vars(parsed()), known=known, json=as_json, example=False)
            assert cli.settings.run(options) == 0
            out = capsys.readouterr().out
            assert "5318008" not in out
            assert ("QUOTH_API_TOKEN" if where == "variable" else where) in out
            assert ("set" in re.findall(r"\w+", out)) == bool(secret)


def test_the_document_lists_the_settings() -> None:
    text = (ROOT / "docs" / "settings.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| `([\w-]+)` \| `(QUOTH_\w+)` \| (.*?) \| (.*?) \|$", text, re.M)
    expected = []
    for name, setting in DECLARED.items():
        plain = "" if setting.default in (None, ()) else str(setting.default)
        usual = setting.usual or (f"`{plain}`" if plain else "–")
        about = setting.about + (f": {', '.join(setting.choices)}" if setting.choices else "")
        expected.append((name, setting.variable, usual, about))
    assert rows == expected


def test_help_reads_no_file_and_loads_nothing_for_it(tmp_path: Path) -> None:
    (tmp_path / "quoth.toml").write_text("not toml")
    code = (
        "import sys, app\n"
        "try:\n    app.main(['serve', '--help'])\nexcept SystemExit as end:\n    print(end.code)\n"
        "print(sorted({'tomllib', 'difflib', 'json', 'cli.settings'} & set(sys.modules)))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )  # fmt: skip
    assert done.stdout.splitlines()[-2:] == ["0", "[]"], done.stderr
