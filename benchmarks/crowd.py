"""A crowd at once: who is not answered is told when to come back, and who is waits 2 s at most.

    quoth serve --questions-per-minute 0 &
    python -m benchmarks.crowd [--address http://127.0.0.1:7860] [--users 50] [--seconds 120]
                               [--testset TESTSET] [--token TOKEN]

The visitors all come from this machine, so the limit for each address has to be off. Exit code 1
if anything but 200 and 503 with Retry-After came, or if the 99th percentile of the answers is above
`--most-seconds`.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from benchmarks.visitors import Server, ask_all, questions_of, slowest, summary

ALLOWED = {"200", "503"}


def main() -> int:
    """Ask, and print counts by status, and the times."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--address", default="http://127.0.0.1:7860")
    parser.add_argument("--users", type=int, default=50)
    parser.add_argument("--seconds", type=float, default=120)
    parser.add_argument("--testset", type=Path)
    parser.add_argument("--token", default="")
    parser.add_argument("--most-seconds", type=float, default=2.0)
    options = parser.parse_args()
    server = Server(options.address, options.token)
    asked = questions_of(server, options.testset)
    outcomes = ask_all(server, asked, options.users, options.seconds)
    print(f"{options.users} users for {options.seconds:g} s")
    print("\n".join(summary(outcomes, options.seconds)))
    others = {outcome.kind for outcome in outcomes} - ALLOWED
    late = slowest(outcomes) > options.most_seconds
    if others:
        print(f"neither 200 nor 503 with Retry-After: {', '.join(sorted(others))}")
    if late:
        print(f"the 99th percentile of the answers is above {options.most_seconds:g} s")
    return 1 if others or late else 0


if __name__ == "__main__":
    raise SystemExit(main())
