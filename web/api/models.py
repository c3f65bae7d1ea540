"""What the REST routes take and give, as types that the OpenAPI description is made of.

The replies are those of `qa.as_json`; the fields are described in `docs/json.md` at length.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

from index.filters import LONGEST_VALUE, MOST_VALUES, Filters
from qa.question import MOST_CHARACTERS

MOST_HISTORY = 30
MOST_SHOWN = 20
MOST_FOUND = 50
MOST_LISTED = 1_000

Text = Annotated[str, Field(max_length=MOST_CHARACTERS)]
Score = Annotated[float, Field(ge=0, le=1, description="0…1, higher is better.")]
Offset = Annotated[int, Field(ge=0)]


Value = Annotated[str, Field(max_length=LONGEST_VALUE)]
Values = Annotated[list[Value], Field(max_length=MOST_VALUES)]
_DATE = "`2023`, `2023-01` or `2023-01-17`; articles without a date are left out."


class FiltersIn(BaseModel):
    """Which articles are searched: those that pass every filter, by one of its values."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    since: Value | None = Field(default=None, description=f"Published then or later: {_DATE}")
    until: Value | None = Field(default=None, description=f"Published then or earlier: {_DATE}")
    author: Values = Field(default=[], description="Whole names, in any case.")
    source: Values = Field(default=[], description="Hosts, or beginnings of an address or path.")
    language: Values = Field(default=[], description="Codes, such as `en`.")

    def read(self) -> Filters:
        """Return them as the archive takes them; raise `FilterError` if one cannot be used."""
        return Filters.read(self.model_dump())


class Asked(BaseModel):
    """A question, those asked before it, and which articles are to answer."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra={"examples": [
            {"question": "When does the night ferry leave?"},
            {
                "question": "When does the night ferry leave?",
                "filters": {"since": "2023", "source": ["example.org"]},
            },
        ]},
    )  # fmt: skip

    question: Text = Field(description="The question, in plain words.")
    history: list[Text] = Field(
        [], max_length=MOST_HISTORY, description="Questions asked before it, oldest first."
    )
    k: int = Field(5, ge=1, le=MOST_SHOWN, strict=True, description="Extracts to return, at most.")
    filters: FiltersIn = Field(
        FiltersIn(), description="Which articles are searched; none: all of them."
    )


class Sought(Asked):
    """A question whose best passages are wanted, whether or not they answer it."""

    k: int = Field(10, ge=1, le=MOST_FOUND, strict=True, description="Passages, at most.")


class ArticleFacts(BaseModel):
    """What is known about an article, without its text."""

    id: str
    title: str
    source: str = Field(description="An address people can open, or the file's path.")
    author: str | None
    published: str | None = Field(description="An ISO date: `2023-01-17`, `2023-01` or `2023`.")
    fingerprint: str = Field(description="BLAKE2b (16 bytes, hex) of the text.")
    captured: str | None = Field(description="When the text was taken in (UTC).")


class PassageOut(BaseModel):
    """A slice of the article's text."""

    start: Offset
    end: Offset
    text: str
    heading: list[str] = Field(description="The headings it stands under, outermost first.")


class HighlightOut(BaseModel):
    """A lit slice; offsets count characters (code points) of the article's text."""

    start: Offset
    end: Offset
    text: str
    kind: Literal["sentence", "answer"]
    score: Score


class CopyOut(ArticleFacts):
    """Another article that carries the passage."""

    start: Offset
    end: Offset
    same_words: bool = Field(description="False when its words differ in part.")


class ExtractOut(BaseModel):
    """A passage with its marks, provable: slice the article's text and compare."""

    article: ArticleFacts
    passage: PassageOut
    highlights: list[HighlightOut]
    score: Score
    also_in: list[CopyOut] = Field(description="Other articles that carry the passage.")


class SayingOut(BaseModel):
    """Answering words of one extract."""

    extract: int = Field(ge=0, description="Which of `extracts`, counted from 0.")
    start: Offset
    end: Offset
    text: str


class AccountOut(BaseModel):
    """One answer that articles give."""

    kind: Literal["amount", "date", "words"]
    articles: int
    reprints: int
    newest: bool
    sayings: list[SayingOut]


class UnknownOut(BaseModel):
    """A filter's value that no article has, and those like it that are held."""

    filter: str
    value: str
    held: list[str]


class ReplyOut(BaseModel):
    """An answer, or the plain statement that the archive does not answer."""

    question: str
    understood_as: str
    filters: dict[str, str | list[str]] = Field(description="The filters in force, if any.")
    status: Literal["answered", "abstained"]
    confidence: Score
    extracts: list[ExtractOut]
    accounts: list[AccountOut]
    reason: Literal["no_match", "below_bar", "empty_archive", "filtered_out"] | None = None
    nearest: list[ExtractOut] | None = None
    unknown: list[UnknownOut] | None = None


class FoundOut(BaseModel):
    """The best passages for a question, whether or not they answer it."""

    question: str
    understood_as: str
    filters: dict[str, str | list[str]] = Field(description="The filters in force, if any.")
    results: list[ExtractOut]


class ListedArticle(BaseModel):
    """An article in a list."""

    id: str
    title: str
    source: str
    author: str | None
    published: str | None
    language: str | None
    characters: int
    passages: int


class ArticleList(BaseModel):
    """Some of the articles, sorted by title."""

    total: int = Field(description="How many there are in all.")
    offset: int
    articles: list[ListedArticle]


class SectionOut(BaseModel):
    """A heading of an article."""

    start: Offset
    end: Offset
    level: int


class WholeArticle(ArticleFacts):
    """An article with its text: every offset of the API counts characters of it."""

    language: str | None
    text: str
    sections: list[SectionOut]
    pages: list[int]


class Health(BaseModel):
    """Whether the server lives, and whether it can answer."""

    live: bool
    ready: bool
    articles: int
    passages: int
