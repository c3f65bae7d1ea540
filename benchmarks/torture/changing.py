"""Ask 10,000 questions while articles come, change and go: no reply is mixed, none is stale.

    python -m benchmarks.torture.changing [--questions 10000] [--processes 2] [--seed 0]

One process ingests changed articles all the time (`changing_writer`), others ask, each in three
threads, with follow-ups, filters, and for everything (`changing_reader`). Every reply is judged
against the writer's log: there must be one state of the library, between the last commit that had
returned when the question began and the last one begun when it ended, that holds every article
the reply shows as it shows it; every passage and every quotation of its evidence card must be
a slice of that state. Asked for everything, it must be exactly what that state holds. A new
article must be shown by the first reply begun after its commit, and within a second of it.
"""

from __future__ import annotations

import argparse
import json
import shutil
import tempfile
import time
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.kill_child import forkserver
from benchmarks.torture.cases import total_line
from benchmarks.torture.changing_reader import Task, ask_all
from benchmarks.torture.changing_writer import change_until
from corpus.article import Article
from corpus.wire import article_from_json
from index.verify import verify
from qa.as_json import article_json
from qa.proof import card_of, check_card

NEW_SECONDS = 1.0
Known = dict[str, Any]
"""What a reply says of an article, less when it was captured."""


class History:
    """All states a library has been in: state n is the one after the n-th transaction."""

    def __init__(self, log: Path) -> None:
        entries = [json.loads(line) for line in log.read_text(encoding="utf-8").splitlines()]
        self._before = [entry["before"] for entry in entries]
        self._after = [entry["after"] for entry in entries]
        self._since = defaultdict[str, list[int]](list)
        self._held = defaultdict[str, list[Article | None]](list)
        for number, entry in enumerate(entries):
            for name, article in entry["changes"].items():
                self._since[name].append(number)
                self._held[name].append(article and article_from_json(article))

    def __len__(self) -> int:
        return len(self._before)

    def states(self, started: int, ended: int) -> range:
        """Return the states that a question asked in that time may have seen."""
        first = bisect_right(self._after, started) - 1
        return range(first, max(first, bisect_left(self._before, ended) - 1) + 1)

    def article(self, name: str, state: int) -> Article | None:
        """Return the article of that id in a state."""
        place = bisect_right(self._since[name], state) - 1
        return self._held[name][place] if place >= 0 else None

    def all_of(self, state: int) -> dict[str, Article]:
        """Return all articles of a state."""
        found = {name: self.article(name, state) for name in list(self._since)}
        return {name: article for name, article in found.items() if article}


def judged(history: History, record: dict[str, Any]) -> str:
    """Return what is wrong with a reply, if anything is."""
    states = history.states(record["started"], record["ended"])
    if record["kind"] == "everything":
        return _everything(history, record["said"], states)
    said = record["said"]
    shown = [*said["extracts"], *said.get("nearest", ())]
    cited = [known for each in shown for known in (each["article"], *each["also_in"])]
    if not shown:
        return "nothing is shown" if record["kind"] != "author" else ""
    strange = [known["author"] for known in cited
               if record["authors"] and known["author"] not in record["authors"]]  # fmt: skip
    if strange:
        return f"shows {strange[0]}, asked for {record['authors']}"
    fitting = [state for state in states if all(_holds(history, state, each) for each in cited)]
    if fitting:
        return next(_not_verbatim(history, fitting[0], said, shown), "")
    for known in cited:
        if not any(_holds(history, state, known) for state in states):
            return f"stale: {known['title']} as no state from {states} has it"
    return f"mixed: no one state from {states} holds all it shows"


def _holds(history: History, state: int, known: Known) -> bool:
    article = history.article(known["id"], state)
    return article is not None and _facts(article_json(article)) == _facts(known)


def _facts(known: Known) -> Known:
    """Leave out what is not of an article itself: when it was captured, and where it says so."""
    return {name: known[name] for name in
            ("id", "title", "source", "author", "published", "fingerprint")}  # fmt: skip


def _not_verbatim(
    history: History, state: int, said: dict[str, Any], shown: list[dict[str, Any]]
) -> Iterator[str]:
    """Yield which passages, and which quotations of the card, are not what the state says."""
    for each in shown:
        article, passage = history.article(each["article"]["id"], state), each["passage"]
        if article is None or article.text[passage["start"] : passage["end"]] != passage["text"]:
            yield f"a passage of {each['article']['title']} is not what is stored"
    for verdict in check_card(card_of(said, "0"), lambda name: history.article(name, state)):
        if verdict.status != "holds":
            yield f"a quotation of {verdict.article} is {verdict.status}"


def _everything(history: History, said: list[list[Any]], states: range) -> str:
    """Return what is wrong with a search for everything; its passages must fill one state."""
    spans = defaultdict[str, list[tuple[int, int]]](list)
    known: dict[str, Known] = {}
    for article, start, end in said:
        spans[article["id"]].append((start, end))
        if known.setdefault(article["id"], article) != article:
            return f"mixed: two states of {article['title']}"
    for state in states:
        held = history.all_of(state)
        if set(held) == set(known) and all(_holds(history, state, each) for each in known.values()):
            for name, article in held.items():
                if lost := _uncovered(article, spans[name]):
                    return f"lacks {lost!r:.60} of {article.title}"
            return ""
    return f"mixed: {len(known)} articles that are no one state from {states}"


def _uncovered(article: Article, spans: list[tuple[int, int]]) -> str:
    """Return the first words of an article that no passage has, headings aside."""
    place, text = 0, article.text
    headings = [tuple(section.heading) for section in article.sections]
    for start, end in sorted([*spans, *headings]):
        if text[place:start].strip():
            return text[place:start].strip()
        place = max(place, end)
    return text[place:].strip()


def run(home: Path, questions: int, processes: int, seed: int, *, changes: int = 0) -> list[str]:
    """Let all processes run to their end; return what went wrong with them.

    They ask so many questions at least, and go on until so many changes were made beside them.
    """
    server = forkserver("benchmarks.torture.changing_reader")
    writer = server.Process(target=change_until, args=(home, seed))
    writer.start()
    while writer.is_alive() and not (home / "ready").exists():
        time.sleep(0.01)
    shares = [questions // processes + (n < questions % processes) for n in range(processes)]
    tasks = [
        Task(home, share, seed + n, home / f"replies-{n}", changes)
        for n, share in enumerate(shares)
    ]
    readers = [server.Process(target=ask_all, args=(task,)) for task in tasks]
    for reader in readers:
        reader.start()
    for reader in readers:
        reader.join()
    (home / "stop").touch()
    writer.join()
    ended = [process.exitcode for process in (writer, *readers)]
    return [f"a process ended with {code}" for code in ended if code]


def main() -> int:
    """Ask so many questions; 1 if a reply was mixed, stale, wrong or late."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--questions", type=int, default=10_000)
    parser.add_argument("--processes", type=int, default=2)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    home, started = Path(tempfile.mkdtemp(prefix="quoth-changing-")), time.monotonic()
    bad = run(home, options.questions, options.processes, options.seed)
    bad += [f"verify: {found.where}: {found.what}" for found in verify(home / "library")]
    history, counts, delays = History(home / "changes"), Counter[str](), []
    for path in sorted(home.glob("replies-*")):
        for line in path.read_text(encoding="utf-8").splitlines():
            record = json.loads(line)
            counts[record["kind"]] += 1
            if record["kind"] != "new":
                bad += filter(None, [judged(history, record)])
                continue
            delays.append(record["delay"] / 1e9)
            if not record["shown"] or record["tries"] > 1 or delays[-1] > NEW_SECONDS:
                bad.append(f"a new article: {record}")
    print("\n".join(f"BAD {what}" for what in bad[:30]), end="\n" if bad else "")
    print(f"{len(history):,} transactions in {(home / 'batches').read_text()} ingests meanwhile; "
          + ", ".join(f"{n:,} {kind}" for kind, n in counts.items()))  # fmt: skip
    if delays:
        p50, p99, most = np.percentile(delays, [50, 99, 100])
        print(f"a new article is shown {1000 * p50:.0f} ms after its commit (p50), "
              f"{1000 * p99:.0f} (p99), {1000 * most:.0f} (most)")  # fmt: skip
    shutil.rmtree(home)
    return total_line(sum(counts.values()) - counts["new"], "questions", started, len(bad))


if __name__ == "__main__":
    raise SystemExit(main())
