"""HTML: loose text, which stands in no paragraph of its own, is put into one."""

from __future__ import annotations

from typing import Any

HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
UNSEEN = frozenset({"script", "style", "template", "noscript", "title"})
# Their text is theirs: trafilatura reads what stands in them as a whole.
_WHOLE = frozenset({
    *HEADINGS,
    "p", "li", "ul", "ol", "dl", "dt", "dd", "table", "tbody", "tr", "td", "th", "caption",
    "blockquote", "pre", "textarea", "svg", "math", "object", "video", "audio", "iframe",
})  # fmt: skip
_HOLDERS = frozenset({
    "body", "div", "section", "article", "main", "header", "footer", "nav", "aside", "center",
    "address", "details", "summary", "form", "fieldset", "hgroup", "dialog", "menu", "search",
    "hr",
})  # fmt: skip
_BLOCKS = _WHOLE | _HOLDERS


def wrap_all(tree: Any) -> None:
    """Give all loose text of a page a paragraph of its own; two line breaks part paragraphs."""
    with_blocks = _with_blocks(tree)
    waiting = [*(list(tree.iter("body")) or [tree]), *tree.xpath("//td//div")]
    while waiting:
        element = waiting.pop()
        _wrap_loose(element, with_blocks)
        waiting.extend(
            child
            for child in element
            if child.tag in _HOLDERS or (child.tag not in _WHOLE and child in with_blocks)
        )


def _with_blocks(tree: Any) -> set[Any]:
    """Return all elements that hold a block, or two line breaks in a row, somewhere inside."""
    found: set[Any] = set()
    for block in tree.iter("br", *_BLOCKS):
        if block.tag == "br" and not _is_double(block):
            continue
        parent = block.getparent()
        while parent is not None and parent not in found:
            found.add(parent)
            parent = parent.getparent()
    return found


def _is_double(line_break: Any) -> bool:
    """Tell whether the next thing after a line break is another one."""
    following = line_break.getnext()
    return following is not None and following.tag == "br" and not (line_break.tail or "").strip()


def _wrap_loose(holder: Any, with_blocks: set[Any]) -> None:
    """Put each run of text and inline elements that stands directly in `holder` into a `<p>`."""
    run, children = _Run(holder), list(holder)
    text, holder.text = holder.text, None
    run.add_text(text or "")
    for child in children:
        text, child.tail = child.tail, None
        if child.tag in _BLOCKS or child in with_blocks:
            run.pass_over(child)
        elif child.tag == "br":
            run.add_break(child)
        else:
            run.add(child)
        run.add_text(text or "")


class _Run:
    """The paragraph being filled with what stands side by side in a holder, if one is open."""

    def __init__(self, holder: Any) -> None:
        self._holder = holder
        self._paragraph: Any = None
        self._before: Any = None  # the child behind which the next paragraph goes
        self._breaks = 0

    def pass_over(self, block: Any) -> None:
        """Close the paragraph at a block, which stays where it is."""
        self._paragraph, self._before = None, block

    def add_text(self, text: str) -> None:
        """Add text; blank text opens no paragraph."""
        if text.strip():
            self._open()
        if self._paragraph is None:
            return
        last = next(self._paragraph.iterchildren(reversed=True), None)
        if last is None:
            self._paragraph.text = (self._paragraph.text or "") + text
        else:
            last.tail = (last.tail or "") + text

    def add(self, element: Any) -> None:
        """Move an inline element into the paragraph; one without text opens none."""
        if has_text(element):
            self._open()
        if self._paragraph is None:
            self._before = element
        else:
            self._paragraph.append(element)

    def add_break(self, element: Any) -> None:
        """Keep one line break inside a paragraph; the second one in a row ends it."""
        self._breaks += 1
        if self._paragraph is not None and self._breaks == 1:
            self._paragraph.append(element)
            return
        self._holder.remove(element)
        self._paragraph = None

    def _open(self) -> None:
        self._breaks = 0
        if self._paragraph is not None:
            return
        self._paragraph = self._holder.makeelement("p")
        if self._before is None:
            self._holder.insert(0, self._paragraph)
        else:
            self._before.addnext(self._paragraph)
        self._before = self._paragraph


def has_text(element: Any) -> bool:
    """Tell whether an element shows any text."""
    for node in element.iter():
        if node.tag not in UNSEEN and (node.text or "").strip():
            return True
        if node is not element and (node.tail or "").strip():
            return True
    return False
