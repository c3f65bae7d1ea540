"""Ask the API thousands of odd things: no 5xx but 503, and every answer as it is described.

    python -m benchmarks.api_fuzz [--cases 10000] [--seed 0] [--library DIR]

schemathesis makes requests from our own OpenAPI description, right ones and wrong ones, and
compares what comes back with it. With `--library` a real one is asked, by the rules alone; without,
the toy archive of the tests. That a question without a word is refused (422) is no violation,
although the description cannot say what a word is.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from typing import Any

import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, Phase, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import Failure, FailureGroup
from schemathesis.core.result import Ok
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from web.policy import Policy
from web.serve import build_app
from web.turns import Serves

NEGATIVE = schemathesis.GenerationMode.NEGATIVE


def run(app: FastAPI, cases: int, number: int) -> tuple[Counter[str], list[str]]:
    """Make so many requests, or more; return how they were answered, and what was wrong."""
    schema = schemathesis.openapi.from_asgi("/api/openapi.json", app)
    operations = [result.ok() for result in schema.get_all_operations() if isinstance(result, Ok)]
    # A route without parameters can be asked in one way only.
    various = sum(bool(each.body or each.query or each.path_parameters) for each in operations)
    answers, wrong = Counter[str](), list[str]()
    for operation in operations:
        try:
            _fuzz(operation, -(-cases // max(1, various)), number, answers)
        except (FailureGroup, Failure) as error:
            wrong.append(f"{operation.label}: {error}")
    return answers, wrong


def _fuzz(operation: Any, cases: int, number: int, answers: Counter[str]) -> None:
    @seed(number)
    @settings(
        max_examples=cases,
        deadline=None,
        database=None,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.explicit, Phase.generate, Phase.shrink],
    )
    @given(case=operation.as_strategy() | operation.as_strategy(generation_mode=NEGATIVE))
    def ask(case: Any) -> None:
        response = case.call()
        answers[f"{operation.label} {response.status_code}"] += 1
        excluded: list[Any] = [positive_data_acceptance]
        if response.status_code == 503:
            excluded.append(not_a_server_error)
        if response.status_code == 413:
            excluded.append(negative_data_rejection)  # it is refused, with a status of its own
        case.validate_response(response, excluded_checks=excluded)

    ask()


def main() -> int:
    """Run and print; 1 if anything was wrong."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--cases", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--library", type=Path)
    options = parser.parse_args()
    app = build_app(_archive(options.library), policy=Policy(questions_per_minute=0))
    answers, wrong = run(app, options.cases, options.seed)
    for answer, count in sorted(answers.items()):
        print(f"{count:7} {answer}")
    print("\n".join(wrong))
    print(f"{sum(answers.values())} requests, {len(wrong)} routes with something wrong")
    return 1 if wrong else 0


def _archive(library: Path | None) -> Serves:
    if library is None:
        from tests.fake_archive import FakeArchive

        return FakeArchive()
    from qa.archive import Archive
    from qa.read import RuleReader

    return Archive.open(library, reader=RuleReader())


if __name__ == "__main__":
    raise SystemExit(main())
