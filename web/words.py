"""Every word the page says in its own voice: `Words`, and the English set.

Nothing from an article passes through here. A translation is another `Words` (`web.languages`);
which one a visitor sees is `web.language`'s decision. Patterns are filled with `str.format` and
escaped where they are shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

Pair = tuple[str, str]
"""Singular and plural of a counted thing; `{n}` is the number."""

MONTHS: tuple[str, ...] = ("January", "February", "March", "April", "May", "June", "July", "August")
MONTHS += ("September", "October", "November", "December")

LANGUAGES: Mapping[str, str] = MappingProxyType(
    {
        "ar": "Arabic", "de": "German", "el": "Greek", "en": "English", "es": "Spanish",
        "fr": "French", "he": "Hebrew", "hi": "Hindi", "it": "Italian", "ja": "Japanese",
        "ko": "Korean", "nl": "Dutch", "pl": "Polish", "pt": "Portuguese", "ru": "Russian",
        "sv": "Swedish", "th": "Thai", "zh": "Chinese",
    }
)  # fmt: skip
"""Names of the languages that are recognised; others are called by their code."""


MOST_PICKED = 2_000
"""Characters that can be picked in an article as the right words; `static/vote.js` knows it too."""


@dataclass(frozen=True)
class Words:
    """The page's strings in one language. Field names say where a string stands."""

    language: str = "en"
    thousands: str = ","
    name: str = "Quoth"
    tagline: str = "Answers in the articles’ own words"
    articles: Pair = ("{n} article", "{n} articles")
    articles_none: str = "no articles yet"
    months: tuple[str, ...] = MONTHS
    date_day: str = "{day} {month} {year}"
    date_month: str = "{month} {year}"

    welcome: str = "What would you like to know?"
    welcome_more: str = (
        "Ask in plain words. Every answer is a quotation: the passage that answers, "
        "word for word, with its author, its date and its place in the article."
    )
    empty: str = "The archive is empty"
    empty_more: str = "Put articles in, then ask. In a terminal, type:"
    empty_command: str = "quoth ingest FOLDER"

    box: str = "Your question"
    box_hint: str = "Ask a question about the articles"
    ask: str = "Ask"
    new_chat: str = "New chat"
    theme: str = "Switch between light and dark"
    hint: str = "Enter asks, Shift + Enter starts a new line."
    conversation: str = "Conversation"
    question_label: str = "Your question"
    answer_label: str = "Answer"
    searching: str = "Searching the archive …"

    filter: str = "Filter"
    filter_title: str = "Choose which articles are searched"
    filter_since: str = "From"
    filter_until: str = "To"
    filter_date_hint: str = "2023 or 2023-01-17"
    filter_author: str = "Author"
    filter_source: str = "Source"
    filter_language: str = "Language"
    filter_clear: str = "Clear filters: {scope}"
    filter_remove: str = "Remove: {value}"
    filter_refused: str = "That filter cannot be used."
    counted: str = "{value} ({n})"
    scope: str = "Searched only: {scope}"
    scope_since: str = "from {date}"
    scope_until: str = "until {date}"
    scope_between: str = "{since} to {until}"
    scope_author: str = "by {names}"
    scope_or: str = " or "
    scope_and: str = " · "
    filtered_out: str = "No article matches these filters: {scope}."
    filtered_unknown: str = "{value}: in no article."
    filtered_held: str = "{value}: in no article. There is: {held}."
    filtered_tip: str = "Clear the filters under the question box, or change them, and ask again."
    filtered_silent: str = "Clear the filters under the question box to search all articles."
    languages: Mapping[str, str] = field(default_factory=lambda: LANGUAGES)

    understood: str = "Understood as:"
    lead: str = "{passages} from {articles}, word for word"
    passages: Pair = ("{n} passage", "{n} passages")
    more: Pair = ("{n} more passage", "{n} more passages")
    read: str = "Read in context"
    original: str = "Original"
    original_page: str = "Original, page {n}"
    original_title: str = "Opens {host} in a new tab"
    page: str = "Page {n}"
    copy: str = "Copy quotation"
    copied: str = "Copied"
    copy_failed: str = "Could not copy: select the text and copy it by hand."
    also_in: str = "Also in"
    evidence: str = "Evidence"
    evidence_title: str = "The quotation with its offsets, source and fingerprint, to keep"
    evidence_page: str = "Save this page"
    evidence_json: str = "Save as JSON"
    evidence_check: str = "Prove it later, word for word:"
    evidence_command: str = "quoth check-proof FILE"
    evidence_changed: str = "The article has changed since it was quoted"
    evidence_changed_more: str = "There is no evidence for words of its earlier text. Ask again."
    evidence_none: str = "The address names no quotation"
    evidence_none_more: str = "It is not complete. Open the card from an answer."
    differs: str = "in part in other words"
    agree: str = "{articles} say the same:"
    agree_reprints: str = "{articles} say the same, counting {reprints}:"
    reprints: Pair = ("{n} reprint", "{n} reprints")
    differ: str = "The articles give different answers:"
    newest: str = "Newest"
    cut: str = "Shortened here; the whole passage stands in the article."
    match: tuple[str, str, str] = ("Weak match", "Good match", "Strong match")
    match_title: str = "How surely this passage answers the question: {percent} of 100"

    silent: str = "The archive does not say."
    silent_no_match: str = "No passage in it speaks of what you asked."
    silent_below_bar: str = (
        "Some passages come near, but none answers surely enough to be shown as an answer."
    )
    tips: tuple[str, ...] = (
        "Name the person, the place or the thing you mean.",
        "Ask one thing at a time.",
        "Try the words an article would use.",
    )
    nearest: Pair = ("The nearest passage", "The {n} nearest passages")
    nearest_more: str = "They come closest, but may not answer the question."

    refused: str = "That question cannot be asked."
    question_empty: str = "Type a question first, then press Enter."
    question_long: str = (
        "The question has {n} characters; at most {limit} are allowed. Ask it in a sentence or two."
    )
    trouble: str = "Something went wrong on our side."
    trouble_more: str = "The question was not answered. Please ask it again in a moment."

    trouble_again: str = "Please try again in a moment; the server's log says what."
    no_entry: str = "You have to be let in first"
    no_entry_more: str = (
        "This archive answers people who have signed in, and programs that show a token. Open it "
        "by the address you were given, or ask whoever runs it."
    )
    wrong_name: str = "The archive does not go by this name"
    wrong_name_more: str = (
        "It answers on its own machine only. Whoever runs it behind a proxy has to name that: "
        "quoth serve --proxy ADDRESS"
    )
    wrong_site: str = "Another site may not ask in your name"
    wrong_site_more: str = (
        "Whoever runs the archive can allow that site: quoth serve --embed-origins ORIGIN"
    )
    too_many: str = "Too many questions at once"
    too_many_more: str = "Please wait {n} seconds, then ask again."
    busy: str = "The archive is busy"
    busy_more: str = "Many questions are being answered just now. Ask again in a few seconds."
    no_page: str = "There is nothing at this address"
    no_page_more: str = "It may have been cut short on its way."
    too_large: str = "The request is too large"
    too_large_more: str = "It is larger than {n} bytes, the most there may be."
    too_many_headers: str = "It has more than {n} header fields."
    no_method: str = "That cannot be done here"
    no_method_more: str = "Requests are read by GET, HEAD, POST and OPTIONS."

    vote_up: str = "This answers it"
    vote_down: str = "This does not answer it"
    vote_noted: str = "Noted. Thank you."
    vote_withdrawn: str = "Taken back."
    vote_failed: str = "That could not be kept. Please try again later."
    vote_reason: str = "Why? (If you like)"
    vote_send: str = "Send"
    vote_pick: str = "Show the right words"
    vote_pick_how: str = "Mark the words that answer, here or in another article."
    vote_use: str = "Use these words"
    vote_none: str = "Mark some words of the article first, at most {n} characters."

    panel: str = "The whole article"
    close: str = "Close"
    new_tab: str = "Open in new tab"
    missing: str = "This article is no longer in the archive"
    missing_more: str = "It was removed, or the address is not complete."
    changed: str = "The article has changed since it was quoted; the words are not marked."
    back: str = "Ask the archive"

    def count(self, pair: Pair, n: int) -> str:
        """Return the counted form, e.g. `(("{n} article", "{n} articles"), 2)` → `2 articles`."""
        return pair[n != 1].format(n=self.number(n))

    def number(self, n: int) -> str:
        """Return a whole number with its thousands set off."""
        return f"{n:,}".replace(",", self.thousands)

    def size(self, articles: int) -> str:
        """Return how large the archive is, in words."""
        return self.count(self.articles, articles) if articles else self.articles_none

    def date(self, published: str | None) -> str:
        """Return an ISO date written out: `2023-11-04` → `4 November 2023`; else as it stands."""
        if not published:
            return ""
        parts = published[:10].split("-")
        if not all(part.isascii() and part.isdigit() for part in parts) or len(parts) > 3:
            return published
        year, numbers = parts[0], [int(part) for part in parts[1:]]
        if len(year) != 4 or (numbers and not 1 <= numbers[0] <= 12):
            return published
        if not numbers:
            return year
        month = self.months[numbers[0] - 1]
        pattern = self.date_day if len(numbers) == 2 else self.date_month
        return pattern.format(day=numbers[-1], month=month, year=year)

    def for_script(self) -> dict[str, str]:
        """Return the strings the page's script needs."""
        return {
            "conversation": self.conversation,
            "question": self.question_label,
            "answer": self.answer_label,
            "copied": self.copied,
            "copyFailed": self.copy_failed,
            "panel": self.panel,
            "close": self.close,
            "newTab": self.new_tab,
            "theme": self.theme,
            "voteNoted": self.vote_noted,
            "voteWithdrawn": self.vote_withdrawn,
            "voteFailed": self.vote_failed,
            "voteReason": self.vote_reason,
            "voteSend": self.vote_send,
            "votePick": self.vote_pick,
            "votePickHow": self.vote_pick_how,
            "voteUse": self.vote_use,
            "voteNone": self.vote_none.format(n=self.number(MOST_PICKED)),
            "filter": self.filter_title,
            "filterClear": self.filter_clear,
            "filterRemove": self.filter_remove,
        }


ENGLISH: Words = Words()
