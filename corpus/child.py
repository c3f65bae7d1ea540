"""The child's side of the sandbox: read a path from the pipe, parse the file, answer in JSON.

Runs in a process of its own (started by `corpus.sandbox`), which limits itself before it touches
a byte of a file: memory, processor time, no core dumps, no writing of files. It knows no library
and no other file than the one it is asked for, and ends when its parent does.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import resource
import select
import sys
import threading
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from typing import Any

from corpus.assemble import assemble_all
from corpus.formats.raw import RawArticle
from corpus.problem import Problem, bounded
from corpus.wire import article_to_json, frame, problem_to_json, read_frame, write_all

Parse = Callable[[bytes, str, str], tuple[list[RawArticle], list[Problem]]]

_MOST_FILES = 500
"""A child is replaced after this many files, so that leaks in C libraries stay small."""


def main(parser: str, memory_bytes: int) -> None:
    """Serve requests until the pipe closes. `parser` is a function's name, `module:function`."""
    source, sink = _take_over_pipes()
    _limit_process(memory_bytes)
    threading.Thread(target=_end_with_parent, args=(source,), daemon=True).start()
    module, function = parser.split(":")
    parse: Parse = getattr(import_module(module), function)
    write_all(sink, frame({"ready": True}))
    for count in range(1, _MOST_FILES + 1):
        request = read_frame(source)
        if request is None:
            return
        _limit_processor_time(float(request["max_seconds"]))
        reply = _reply(request, parse, sink)
        reply["leaving"] = count == _MOST_FILES or _memory_used() > memory_bytes // 2
        write_all(sink, frame(reply))
        if reply["leaving"]:
            return


def _take_over_pipes() -> tuple[int, int]:
    """Move the protocol to private descriptors; whatever a library prints goes nowhere."""
    source, sink = os.dup(0), os.dup(1)
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nowhere, descriptor)
    return source, sink


def _limit_process(memory_bytes: int) -> None:
    """Limit memory and forbid core dumps and the writing of files, as far as the system can."""
    limits = {"RLIMIT_AS": memory_bytes, "RLIMIT_DATA": memory_bytes}
    for name, value in {**limits, "RLIMIT_CORE": 0, "RLIMIT_FSIZE": 0}.items():
        # macOS knows RLIMIT_AS but refuses to set it; the clock still holds there.
        with contextlib.suppress(AttributeError, OSError, ValueError):
            resource.setrlimit(getattr(resource, name), (value, value))


def _limit_processor_time(seconds: float) -> None:
    """Let the kernel end this process should the parent's clock fail; counted from now."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    soft = int(used.ru_utime + used.ru_stime + seconds) + 2
    _, hard = resource.getrlimit(resource.RLIMIT_CPU)
    with contextlib.suppress(OSError, ValueError):
        resource.setrlimit(resource.RLIMIT_CPU, (soft, hard))


def _memory_used() -> int:
    """Return the most memory this process has held, in bytes."""
    # Linux counts what the parent held before this program was started into ru_maxrss, so a
    # parent with a large encoder would make every child look worn out after one file.
    with contextlib.suppress(OSError, ValueError):
        status = Path("/proc/self/status").read_text(encoding="ascii", errors="replace")
        for line in status.splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit


def _end_with_parent(source: int) -> None:
    """Exit when the other end of the pipe is closed, which a dead parent's is.

    PR_SET_PDEATHSIG would do the same on Linux only, and fires already when the *thread* that
    started the child ends.
    """
    watch = select.poll()
    watch.register(source, 0)
    watch.poll()  # returns on hang-up only: no other event is asked for
    os._exit(0)


def _reply(request: dict[str, Any], parse: Parse, sink: int) -> dict[str, Any]:
    """Read and parse one file; whatever goes wrong becomes a problem in the reply."""
    address = str(request["address"])
    try:
        data = _read(Path(request["path"]), int(request["max_bytes"]))
        if data is None:
            return _failed(address, "grew past the size limit while it was read; try again")
        # Sent ahead, so that the parent knows it even of a file that this process dies of, and
        # never has to open a file itself.
        write_all(sink, frame({"digest": hashlib.sha256(data).hexdigest()}))
        raws, problems = parse(data, str(request["suffix"]), address)
        articles, more = assemble_all(raws, address)
        size = sum(len(article.text) for article in articles)
        if size > int(request["max_chars"]):
            most = int(request["max_chars"])
            return _failed(address, f"holds more than {most:,} characters; split it up")
    except OSError as error:
        return _failed(address, f"cannot be read ({error.strerror or error})")
    except MemoryError:
        return _failed(address, "needs too much memory to parse and was given up")
    except RecursionError:
        return _failed(address, "is nested too deeply to parse")
    except Exception as error:  # noqa: BLE001 - third-party parsers raise anything on hostile bytes,
        # and one file must never end the run; the parent shows the name of what was raised.
        what = f"could not be parsed ({type(error).__name__}); it may be damaged"
        return _failed(address, what)
    return {
        "articles": [article_to_json(article) for article in articles],
        "problems": [problem_to_json(problem) for problem in bounded([*problems, *more])],
        "dropped": [line for raw in raws for line in raw.dropped],
    }


def _failed(address: str, what: str) -> dict[str, Any]:
    problem = problem_to_json(Problem(address, what))
    return {"articles": [], "problems": [problem], "dropped": []}


def _read(path: Path, max_bytes: int) -> bytes | None:
    """Return a file's bytes, or None if there are more than allowed."""
    with path.open("rb") as file:
        data = file.read(max_bytes + 1)
    return data if len(data) <= max_bytes else None
