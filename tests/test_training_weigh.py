"""The fitting of what finding and reading weigh, on made-up readings whose answer is known."""

from __future__ import annotations

import random
from typing import Any

from qa.reader.weigh import rank
from training.weigh import fit_answers, fit_ranks, seen_of, views


def line(rng: random.Random, *, fused_tells: bool, answers: bool = True) -> dict[str, Any]:
    """Ten passages; the one that answers is told by the fused score or by the reader."""
    gold = rng.randrange(10) if answers else -1
    rows = []
    for at in range(10):
        told = float(at == gold)
        noise = rng.random()
        fused, read = (told, noise) if fused_tells else (noise, told)
        odds = 20 * read - 10
        rows.append(
            {"gold": at == gold, "fused": fused, "relevance": odds, "spans": [(0, 1, odds)]}
        )
    return {"answers": ["x"] if answers else [], "rules": 0.9 if answers else 0.1, "read": rows}


def success(lines: list[dict[str, Any]], weights: Any) -> float:
    best = [max(x["read"], key=lambda row: rank(seen_of(row), weights)) for x in lines]
    return sum(row["gold"] for row in best) / len(best)


def test_the_order_follows_whichever_evidence_tells() -> None:
    rng = random.Random(0)
    found = [line(rng, fused_tells=True) for _ in range(60)]
    read = [line(rng, fused_tells=False) for _ in range(60)]
    assert success(found, fit_ranks({"a": found})) > 0.9
    assert success(read, fit_ranks({"a": read})) > 0.9


def test_no_fact_counts_against_an_answer_and_the_chance_is_one() -> None:
    rng = random.Random(1)
    lines = [line(rng, fused_tells=False) for _ in range(60)]
    none = [line(rng, fused_tells=False, answers=False) for _ in range(60)]
    sets = {"a": lines, "a!": none}
    weights = fit_answers(sets, fit_ranks(sets))
    assert min(weights.rank, weights.lead, weights.relevance, weights.odds, weights.rules) >= 0
    assert weights.rank + weights.lead + weights.relevance + weights.odds > 0


def test_a_question_is_seen_with_its_article_and_without() -> None:
    rng = random.Random(2)
    known = line(rng, fused_tells=True)
    known["removed"] = line(rng, fused_tells=True, answers=False)
    there, removed = views(known)
    assert (there.answers, sum(there.gold), there.rules) == (True, 1, 0.9)
    assert (removed.answers, sum(removed.gold), removed.rules) == (False, 0, 0.1)
    assert [view.answers for view in views(line(rng, fused_tells=True, answers=False))] == [False]
