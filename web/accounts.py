"""Above the cards: how many articles say the same, or the different answers side by side.

Every value is cut out of the stored text here and escaped by `web.marks`, as in the cards below.
Whether articles agree is decided in `qa.accounts.agree`.
"""

from __future__ import annotations

from qa.answer import Account, Answer, Saying
from web.marks import Layer, escape, lang_attribute, marked_up
from web.paths import source_path, title_of
from web.words import Words


def accounts_html(answer: Answer, words: Words) -> str:
    """Return what the articles say together; nothing when nothing can be said of that."""
    if not answer.accounts:
        return ""
    if len(answer.accounts) == 1:
        return _agreement(answer, answer.accounts[0], words)
    rows = "".join(_row(answer, account, words) for account in answer.accounts)
    return f'<div class="q-accounts"><p>{escape(words.differ)}</p><ul>{rows}</ul></div>'


def _agreement(answer: Answer, account: Account, words: Words) -> str:
    pattern = words.agree_reprints if account.reprints else words.agree
    claim = pattern.format(
        articles=words.count(words.articles, account.articles),
        reprints=words.count(words.reprints, account.reprints),
    )
    return f'<div class="q-accounts"><p>{escape(claim)} {_quotes(answer, account)}</p></div>'


def _row(answer: Answer, account: Account, words: Words) -> str:
    """Return one of several answers, with the articles that give it and their dates."""
    sources = [_source(answer, saying, words) for saying in answer.sources(account)]
    if account.reprints:
        sources.append(escape(words.count(words.reprints, account.reprints)))
    newest = f' <span class="q-newest">{escape(words.newest)}</span>' if account.newest else ""
    return (
        f"<li><span>{_quotes(answer, account)}</span> "
        f'<span class="q-from">{" <span>·</span> ".join(sources)}{newest}</span></li>'
    )


def _quotes(answer: Answer, account: Account) -> str:
    return ", ".join(_quote(answer, saying) for saying in answer.wordings(account))


def _quote(answer: Answer, saying: Saying) -> str:
    article = answer.extracts[saying.extract].passage.article
    layer = Layer(saying.span, '<mark class="q-answer">', "</mark>")
    lang = lang_attribute(article.language)
    quoted = marked_up(article.text, saying.span, [layer])
    return f'<span class="q-said" dir="auto"{lang}>“{quoted}”</span>'


def _source(answer: Answer, saying: Saying, words: Words) -> str:
    extract = answer.extracts[saying.extract]
    article = extract.passage.article
    link = (
        f'<a class="q-open" href="{escape(source_path(extract, saying.span))}" dir="auto">'
        f"{escape(title_of(article))}</a>"
    )
    if not article.published:
        return link
    date = escape(words.date(article.published))
    return f'{link}, <time datetime="{escape(article.published)}">{date}</time>'
