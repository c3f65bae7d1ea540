"""A toy archive for the tests of the page: six invented articles, answers by counting words.

It keeps the contract of `qa.archive.Archive` that the page relies on, and needs no encoder. One
article is hostile, one is written from right to left, one has pages, one is longer than a screen.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from corpus.article import Article, Passage, Section, Span
from corpus.errors import QuestionError
from index.facets import Facets, check_codes, facets_of, unknown_in
from index.facts import Facts
from index.filters import NO_FILTERS, Filters
from index.snapshot import ArticleInfo
from qa.accounts.agree import accounts
from qa.answer import Abstention, Answer, Copy, Extract, Highlight, Reply

SCRIPT = "<script>window.PWNED = 'script'</script>"
IMAGE = "<img src=x onerror=\"window.PWNED='image'\">"

FERRY_TEXT = """Why the night ferry still runs

What saved it

When the bridge at Salt Sound was limited to twelve tonnes, the dairies of the outer islands lost \
their lorry route overnight. What saved the night ferry was freight: within a season three dairies \
had booked every second place on its deck. Passengers noticed little of this, apart from the \
smell of diesel and the coffee, which improved when the drivers began to ask for it at one in the \
morning.

What it costs

The council pays 1.4 million crowns a year for the crossing, about a third of what it would cost \
to mend the bridge. The ferry leaves Norrhamn at 22:40 and reaches the last island at 03:15. Crews \
work seven nights on and seven off, a pattern the union asked for & won in 2021.

""" + "\n\n".join(
    f"Entry {n} of the log speaks of wind from the {side} and a calm deck. Nothing was lost."
    for n, side in enumerate(["north", "east", "south", "west"] * 4, 1)
)

HEBREW_TEXT = (
    "הספרייה העירונית נפתחה מחדש בחודש מאי. הארכיון שלה מחזיק 1,200 לוחות זכוכית מן המאה "
    "התשע־עשרה.\n\nהכניסה לארכיון חופשית בימי שלישי."
)

HOSTILE_TEXT = (
    f"The password of the wiki is kept by the night porter. {SCRIPT} {IMAGE}\n\n"
    "Ask the porter for the wiki password <b>before</b> midnight & bring a badge. "
    "</mark></p><svg onload=\"window.PWNED='svg'\"> "
    "${7*7} {{constructor}} $$x$$ _under_ [a](javascript:1)"
)

PDF_TEXT = (
    "Annual leave\n\nEvery employee has 28 days of annual leave a year. Unused leave lapses at the "
    "end of March.\n\nParental leave\n\nParental leave is paid for sixteen weeks. It can be split "
    "into two parts, if the manager is told a month ahead."
)

OTTER_TEXT = (
    "Otters have come back to the river Ansel. Biologists counted nineteen adults this spring, "
    "against two in 1998. Cars kill more of them than anything else, most often where the road "
    "crosses the weir."
)


def _section(text: str, heading: str, level: int = 1) -> Section:
    at = text.index(heading)
    return Section(Span(at, at + len(heading)), level)


ARTICLES = (
    Article(
        "night-ferry",
        "Why the night ferry still runs",
        FERRY_TEXT,
        "https://news.example.org/2023/night-ferry.html",
        "Marta Lindqvist",
        "2023-11-04",
        "en",
        (
            _section(FERRY_TEXT, "Why the night ferry still runs"),
            _section(FERRY_TEXT, "What saved it", 2),
            _section(FERRY_TEXT, "What it costs", 2),
        ),
    ),
    Article(
        "hebrew", "הספרייה נפתחה מחדש", HEBREW_TEXT, "https://library.example.org/he", "נועה לוי",
        "2022-05", "he",
    ),
    Article(
        "hostile", f"Porters {SCRIPT}", HOSTILE_TEXT, "javascript:window.PWNED='link'//.html",
        f"Eve {IMAGE}", "<b>soon</b>", 'en" onclick="window.PWNED=1',
    ),
    Article(
        "leave-pdf", "Staff handbook", PDF_TEXT, "https://intranet.example.org/handbook.pdf",
        None, "2024", "en",
        (_section(PDF_TEXT, "Annual leave"), _section(PDF_TEXT, "Parental leave")),
        (0, PDF_TEXT.index("Parental leave")),
    ),
    Article(
        "otters", "The otters are back", OTTER_TEXT, "notes/otters.md", "Jo Reed", "2024-04-02",
    ),
    Article(
        "otters-copy", "Otters return to the Ansel", OTTER_TEXT, "https://mirror.example.net/otters",
        "Jo Reed", "2024-04-03", "en",
    ),
)  # fmt: skip

BUDGETS = tuple(
    Article(
        f"budget-{n}",
        title,
        f"The budget of the tunnel at Salt Sound {words} crowns, it is said.",
        f"https://news.example.org/{n}",
        None,
        published,
        "en",
    )
    for n, (title, words, published) in enumerate(
        (
            ("Parliament votes for the tunnel", "is 15 billion", "2021-05-04"),
            (
                "What the tunnel costs: a long history of a short road under the sea",
                "was set at 15bn",
                "2022-11",
            ),
            ("Tunnel dearer again", "has become 21 billion", "2024-02-17"),
        )
    )
)
"""Articles that give two answers to one question."""

ANSWERS = (
    "15 billion crowns", "15bn crowns", "21 billion crowns",
    "freight", "1.4 million crowns", "22:40", "28 days", "sixteen weeks", "nineteen adults",
    "1,200 לוחות זכוכית", "the night porter", "Cars",
)  # fmt: skip

EXAMPLES = (
    "What saved the night ferry?",
    "How many days of annual leave are there?",
    "What kills the otters?",
    "Who keeps the wiki password?",
)

STOP = frozenset(
    re.findall(
        r"\w+",
        """the a an of is are was were what who how why when and
    it in to for do does did much many on there that this by be has have with from which at""",
    )
)


class FakeArchive:
    """Finds the paragraph that shares most words with the question."""

    def __init__(self, articles: Sequence[Article] = ARTICLES) -> None:
        self._articles = {article.id: article for article in articles}
        self.asked: list[tuple[str, tuple[str, ...]]] = []

    def ask(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 5,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Return the paragraphs that share two words with the question, best first."""
        self.asked.append((question, tuple(history)))
        check_codes(filters, self.facets())
        return replace(self._reply(question, history, k, filters), filters=filters)

    def facets(self) -> Facets:
        """Return what the articles hold for each filter."""
        return facets_of(map(facts_of, self._articles.values()))

    def _reply(self, question: str, history: Sequence[str], k: int, filters: Filters) -> Reply:
        if not words_of(question):
            raise QuestionError("The question has no words: ask it in words, e.g. “Who …?”")
        if "crash" in question:
            raise RuntimeError("secret detail of the server")
        understood = question
        if history and re.match(r"(and|what about)\b", question, re.IGNORECASE):
            understood = f"{question} ({history[-1]})"
        if not self._articles:
            return Abstention(question, understood, "empty_archive")
        facts = [facts_of(article) for article in self._articles.values()]
        if not any(map(filters.admits, facts)):
            unknown = unknown_in(filters, facts)
            return Abstention(question, understood, "filtered_out", unknown=unknown)
        found = sorted(self._extracts(question, filters), key=lambda each: -each.score)[:k]
        if not found:
            return Abstention(question, understood, "no_match")
        if found[0].score < 0.4:
            return Abstention(question, understood, "below_bar", tuple(found[:2]))
        said = accounts(question, found)
        return Answer(question, understood, tuple(found), found[0].score, said)

    def search(
        self,
        question: str,
        *,
        history: Sequence[str] = (),
        k: int = 10,
        filters: Filters = NO_FILTERS,
    ) -> Reply:
        """Return the best paragraphs, whether or not they answer."""
        self.asked.append((question, tuple(history)))
        check_codes(filters, self.facets())
        if not words_of(question):
            raise QuestionError("The question has no words: ask it in words, e.g. “Who …?”")
        found = sorted(self._extracts(question, filters), key=lambda each: -each.score)[:k]
        reply: Reply = Abstention(question, question, "no_match")
        if found:
            reply = Answer(question, question, tuple(found), found[0].score)
        return replace(reply, filters=filters)

    def articles(self) -> list[ArticleInfo]:
        """List the articles, by title."""
        held = sorted(self._articles.values(), key=lambda article: article.title)
        return [
            ArticleInfo(
                each.id, each.title, each.source, each.author, each.published, each.language,
                len(each.text), 3,
            )
            for each in held
        ]  # fmt: skip

    def article(self, article_id: str) -> Article | None:
        """Return the article with this id."""
        return self._articles.get(article_id)

    def examples(self) -> tuple[str, ...]:
        """Return four questions."""
        return EXAMPLES if self._articles else ()

    def size(self) -> tuple[int, int]:
        """Return how many articles and paragraphs there are."""
        return len(self._articles), 3 * len(self._articles)

    def _extracts(self, question: str, filters: Filters) -> list[Extract]:
        wanted = words_of(question)
        out = []
        for article in self._articles.values():
            if article.id == "otters-copy" or not filters.admits(facts_of(article)):
                continue
            prints = [a for a in ARTICLES if a.id == "otters-copy" and article.id == "otters"]
            for block in re.finditer(r"[^\n]+", article.text):
                shared = wanted & words_of(block.group())
                if len(shared) < 1 or len(block.group()) < 50:
                    continue
                span = Span(*block.span())
                score = len(shared) / len(wanted)
                copies = tuple(Copy(Passage(each, span), same_words=True) for each in prints)
                trail = tuple(t for t in article.heading_trail(span.start) if t != article.title)
                out.append(
                    Extract(
                        Passage(article, span, trail), marks(article, span, wanted), score, copies
                    )
                )
        return out


def facts_of(article: Article) -> Facts:
    """Return what filters look at."""
    return Facts(article.author, article.published, article.source, article.language)


def marks(article: Article, span: Span, wanted: set[str]) -> tuple[Highlight, ...]:
    """Return the sentence that shares most words, and the answering words within it."""
    sentences = [
        Span(span.start + m.start(), span.start + m.end())
        for m in re.finditer(r"\S[^.]*(?:\.(?!\s|$)[^.]*)*\.?", span.of(article.text))
    ]
    best = max(sentences, key=lambda each: len(wanted & words_of(each.of(article.text))))
    lit = [Highlight(best, "sentence", 0.8)]
    for words in ANSWERS:
        at = best.of(article.text).find(words)
        if at >= 0:
            answer = Span(best.start + at, best.start + at + len(words))
            lit.append(Highlight(answer, "answer", 0.9))
    return tuple(lit)


def words_of(text: str) -> set[str]:
    """Return the words that count, lower case."""
    return {word for word in re.findall(r"\w+", text.lower()) if word not in STOP}
