"""Which articles of a reply say the same, and which give different answers: `accounts`.

Rules over the answering words alone, no model. What `qa.accounts.values` cannot compare,
and what could be read in two ways, gives no account: no claim is better than a wrong one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import combinations

from corpus.article import Article
from qa.accounts.amounts import Amount
from qa.accounts.dates import Moment
from qa.accounts.values import Value, relation
from qa.accounts.voices import Voice, stands, voices
from qa.answer import Account, AccountKind, Extract, Saying

RIVAL = 0.75
"""To contradict the best account, another must reach this part of its score …"""

SAME_TOPIC = 2 / 3
"""… and speak of this part of what the best passage says of the question's own words: otherwise
`three weeks` of sick leave would contradict `six months` of probation."""

_ASKS_ONE_NAME = re.compile(
    r"\b(?:who(?! (?:are|were|all)\b)|whom|whose|which (?!of\b)(?!\w+s\b)|what (?:is|was)\b.*\b"
    r"(?:called|named|name|capital)|wer(?! (?:sind|waren)\b)|wem|wen|welche[rs]?)\b|누가|누구",
    re.IGNORECASE,
)
"""Questions that one name answers. Of other names several may be right: in Paris, and in France."""

_ISO_DATE = re.compile(r"\d{4}(?:-\d\d(?:-\d\d)?)?(?=T|$)")

_Group = tuple[Voice, ...]


def accounts(
    question: str, extracts: Sequence[Extract], copies: frozenset[tuple[str, str]] = frozenset()
) -> tuple[Account, ...]:
    """Return one account if articles agree, several if they give different answers, else none.

    All are measured against what the best extract with answering words says; of the rest only
    what contradicts it is an account of its own. `copies` are ids of articles that are known as
    near-duplicates, each pair in both orders: such articles may contradict each other, but when
    they agree, that is no second voice.
    """
    groups = _groups(_definite(voices(question, extracts)))
    if not groups or not _of_one_mind(groups[0]):
        return ()
    rivals = _rivals(groups[0], groups[1:])
    lead = _account(groups[0], copies)
    if rivals and (lead.kind != "words" or _ASKS_ONE_NAME.search(question)):
        return _with_newest([lead, *(_account(group, copies) for group in rivals)], extracts)
    return (lead,) if lead.articles - lead.reprints > 1 else ()


def _definite(heard: Sequence[Voice]) -> list[Voice]:
    """Leave out what fits two that differ: `January` says nothing between the 17th and the 18th."""

    def fits_both(voice: Voice) -> bool:
        fits = [other for other in heard if other is not voice and stands(voice, other) == "same"]
        return any(stands(a, b) == "different" for a, b in combinations(fits, 2))

    return [voice for voice in heard if not fits_both(voice)]


def _groups(heard: Iterable[Voice]) -> list[_Group]:
    """Join what is linked by agreement; groups and their members stay in order, best first."""
    groups: list[_Group] = []
    for voice in heard:
        linked = [g for g in groups if any(stands(voice, other) == "same" for other in g)]
        if not linked:
            groups.append((voice,))
            continue
        joined = (*(other for group in linked for other in group), voice)
        groups = [joined if g is linked[0] else g for g in groups if g not in linked[1:]]
    return groups


def _of_one_mind(group: _Group) -> bool:
    """Tell whether all agree with all, and on one thing."""
    return all(stands(a, b) == "same" for a, b in combinations(group, 2)) and bool(_shared(group))


def _shared(group: _Group) -> list[tuple[Saying, Value]]:
    """Return what each says of the one thing on which all agree; empty when there is none."""
    for _, value in group[0].said:
        found = [
            next((said for said in voice.said if relation(value, said[1]) == "same"), None)
            for voice in group
        ]
        agreed = [said for said in found if said is not None]
        if len(agreed) == len(group):
            return agreed
    return []


def _rivals(lead: _Group, others: Iterable[_Group]) -> list[_Group]:
    """Return the groups that contradict the lead and one another; an article is in one of them."""
    chosen = [lead]
    for group in filter(_of_one_mind, others):
        apart = all(
            stands(a, b) == "different" and not a.articles & b.articles
            for other in chosen
            for a in other
            for b in group
        )
        if apart and _of_one_question(lead[0], group[0]):
            chosen.append(group)
    return chosen[1:]


def _of_one_question(best: Voice, other: Voice) -> bool:
    """Tell whether two extracts answer the same question; see `RIVAL` and `SAME_TOPIC`."""
    topical = len(best.topic & other.topic) >= SAME_TOPIC * len(best.topic)
    return topical and other.score >= RIVAL * best.score


def _account(group: _Group, copies: frozenset[tuple[str, str]]) -> Account:
    shared = _shared(group)
    independent: list[Voice] = []
    for voice in group:
        # What shares an article with one before it is the same article again, or a reprint.
        if not any(_depends(voice, before, copies) for before in independent):
            independent.append(voice)
    everyone = {each for voice in group for each in voice.articles}
    sayings = tuple(saying for saying, _ in shared)
    return Account(
        _kind(shared[0][1]), sayings, len(everyone), reprints=len(everyone) - len(independent)
    )


def _depends(voice: Voice, before: Voice, copies: frozenset[tuple[str, str]]) -> bool:
    both = ((a, b) for a in voice.articles for b in before.articles)
    return any(a == b or (a, b) in copies for a, b in both)


def _kind(value: Value) -> AccountKind:
    if isinstance(value, Amount):
        return "amount"
    return "date" if isinstance(value, Moment) else "words"


def _with_newest(found: Sequence[Account], extracts: Sequence[Extract]) -> tuple[Account, ...]:
    """Mark the account with the latest date, if every extract has one and it is plainly later."""
    dates = [
        [_date(extracts[saying.extract].passage.article) for saying in account.sayings]
        for account in found
    ]
    if not all(date for each in dates for date in each):
        return tuple(found)
    *_, (second, _), (first, newest) = sorted((max(each), n) for n, each in enumerate(dates))
    exact = min(len(first), len(second))
    if first[:exact] == second[:exact]:
        return tuple(found)  # of 2023 and 2023-05 it cannot be known which is later
    return tuple(replace(each, newest=n == newest) for n, each in enumerate(found))


def _date(article: Article) -> str:
    found = _ISO_DATE.match(article.published or "")
    return found.group() if found else ""
