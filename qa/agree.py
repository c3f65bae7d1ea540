"""Which articles of a reply say the same, and which give different answers: `accounts`.

Rules over the answering words alone, no model. An article is heard by its strongest marks, and
only when its extract is not far behind the best one. What `qa.values` cannot compare, and what
could be read in two ways, gives no account: no claim is better than a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations, pairwise
from typing import NamedTuple

from corpus.article import Article, Span
from qa.amounts import Amount
from qa.answer import Account, AccountKind, Extract, Saying
from qa.dates import Moment
from qa.relation import Relation
from qa.values import Value, relation, value_of

NEAR_BEST = 0.5
"""An extract is heard when its score is at least this part of the best extract's score."""

STRONGEST = 0.8
"""Of an extract's answering words, those count that reach this part of its best mark's score."""

_AROUND = 30
_MANY_NAMES = re.compile(
    r"\b(?:where|who (?:are|were|all)|(?:which|what) (?!is\b|was\b|does\b|has\b)\w+s\b|"
    r"what (?:are|were)|name|list|wo|wer (?:sind|waren)|welche)\b",
    re.IGNORECASE,
)
"""Questions that several names may answer, all of them rightly: Paris, and France."""
_ISO_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?(?=T|$)")


class _Voice(NamedTuple):
    """What one extract says: its values with their places, and the ids of all that carry it."""

    saying: tuple[tuple[Saying, Value], ...]
    own: str
    articles: frozenset[str]


_Group = tuple[_Voice, ...]


def accounts(question: str, extracts: Sequence[Extract]) -> tuple[Account, ...]:
    """Return one account if articles agree, several if they give different answers, else none.

    All are measured against what the best extract with answering words says; of the rest only
    what contradicts it is an account of its own.
    """
    groups = _groups(_definite(_voices(extracts)))
    if not groups or not _of_one_mind(groups[0]):
        return ()
    lead, rivals = groups[0], _rivals(groups[0], groups[1:])
    if rivals and not (_is_wording(lead) and _MANY_NAMES.search(question)):
        return _with_newest([_account(group) for group in (lead, *rivals)], extracts)
    account = _account(lead)
    return (account,) if account.articles - account.reprints > 1 else ()


def _voices(extracts: Sequence[Extract]) -> list[_Voice]:
    """Return what the extracts near the best one say, best first."""
    best = max((extract.score for extract in extracts), default=0.0)
    order = sorted(range(len(extracts)), key=lambda n: (-extracts[n].score, n))
    near = (n for n in order if extracts[n].score >= NEAR_BEST * best)
    return [voice for voice in (_voice(n, extracts[n]) for n in near) if voice.saying]


def _voice(n: int, extract: Extract) -> _Voice:
    marks = [mark for mark in extract.highlights if mark.kind == "answer"]
    best = max((mark.score for mark in marks), default=0.0)
    spans = [mark.span for mark in marks if mark.score >= STRONGEST * best]
    said = [(Saying(n, span), _value(extract, span)) for span in spans]
    kept = tuple((saying, value) for saying, value in said if value is not None)
    article = extract.passage.article
    copies = {copy.id for copy in extract.also_in if all(_holds(copy, s, article) for s in spans)}
    return _Voice(kept, article.id, frozenset({article.id, *copies}))


def _value(extract: Extract, span: Span) -> Value | None:
    article, passage = extract.passage.article, extract.passage.span
    before = Span(max(passage.start, span.start - _AROUND), span.start).of(article.text)
    after = Span(span.end, min(passage.end, span.end + _AROUND)).of(article.text)
    return value_of(span.of(article.text), before=before, after=after, language=article.language)


def _holds(copy: Article, span: Span, article: Article) -> bool:
    """Tell whether a near-copy has the very words: it may be the one that corrected the number."""
    words = re.escape(span.of(article.text))
    return bool(re.search(rf"(?<!\w)(?<!\d[.,]){words}(?!\w)(?![.,]\d)", copy.text))


def _stands(a: _Voice, b: _Voice) -> Relation:
    """Compare two extracts, each of which may say several things: one in common is agreement."""
    found = {relation(mine, theirs) for _, mine in a.saying for _, theirs in b.saying}
    if "same" in found:
        return "same"
    return "different" if found == {"different"} else "unlike"


def _definite(voices: Sequence[_Voice]) -> list[_Voice]:
    """Leave out what fits two that differ: `January` says nothing between the 17th and the 18th."""

    def fits_both(voice: _Voice) -> bool:
        fits = [other for other in voices if other is not voice and _stands(voice, other) == "same"]
        return any(_stands(a, b) == "different" for a, b in combinations(fits, 2))

    return [voice for voice in voices if not fits_both(voice)]


def _groups(voices: Iterable[_Voice]) -> list[_Group]:
    """Join what is linked by agreement; groups and their members stay in order, best first."""
    groups: list[_Group] = []
    for voice in voices:
        linked = [g for g in groups if any(_stands(voice, other) == "same" for other in g)]
        if not linked:
            groups.append((voice,))
            continue
        joined = (*(other for group in linked for other in group), voice)
        groups = [joined if g is linked[0] else g for g in groups if g not in linked[1:]]
    return groups


def _of_one_mind(group: _Group) -> bool:
    """Tell whether all agree with all, and on one thing."""
    return all(_stands(a, b) == "same" for a, b in combinations(group, 2)) and bool(_shared(group))


def _shared(group: _Group) -> list[tuple[Saying, Value]]:
    """Return what each says of the one thing on which all agree; empty when there is none."""
    for _, value in group[0].saying:
        found = [
            next((said for said in voice.saying if relation(value, said[1]) == "same"), None)
            for voice in group
        ]
        agreed = [said for said in found if said is not None]
        if len(agreed) == len(group):
            return agreed
    return []


def _rivals(lead: _Group, others: Sequence[_Group]) -> list[_Group]:
    """Return the groups that contradict the lead and one another; an article is in one of them."""
    chosen = [lead]
    for group in filter(_of_one_mind, others):
        if all(
            _stands(a, b) == "different" and not a.articles & b.articles
            for other in chosen
            for a in other
            for b in group
        ):
            chosen.append(group)
    return chosen[1:]


def _is_wording(group: _Group) -> bool:
    return _kind(_shared(group)[0][1]) == "words"


def _kind(value: Value) -> AccountKind:
    if isinstance(value, Amount):
        return "amount"
    return "date" if isinstance(value, Moment) else "words"


def _account(group: _Group) -> Account:
    shared = _shared(group)
    everyone = frozenset[str]().union(*(voice.articles for voice in group))
    independent: list[_Voice] = []
    for voice in group:
        # What shares an article with one before it is the same article again, or a reprint.
        if not any(voice.articles & before.articles for before in independent):
            independent.append(voice)
    return Account(
        _kind(shared[0][1]),
        tuple(saying for saying, _ in shared),
        len(everyone),
        len(everyone) - len(independent),
    )


def _with_newest(found: Sequence[Account], extracts: Sequence[Extract]) -> tuple[Account, ...]:
    """Mark the account with the latest date, if every extract has one and it is plainly later."""
    dates = [
        [_date(extracts[saying.extract].passage.article) for saying in account.sayings]
        for account in found
    ]
    if not all(date for each in dates for date in each):
        return tuple(found)
    latest = sorted(((max(each), n) for n, each in enumerate(dates)), reverse=True)
    (first, n), (second, _) = next(pairwise(latest))
    exact = min(len(first), len(second))
    if first[:exact] == second[:exact]:
        return tuple(found)  # 2023 and 2023-05: which is later cannot be known
    return tuple(replace(each, newest=at == n) for at, each in enumerate(found))


def _date(article: Article) -> str:
    found = _ISO_DATE.match(article.published or "")
    return found.group() if found else ""
