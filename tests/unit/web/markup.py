"""Reads a page as a strict browser would, and refuses what the Content-Security-Policy forbids."""

from html.parser import HTMLParser

VOID = {"area", "base", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}


class Page(HTMLParser):
    """A page's text, links and elements.

    Raises: AssertionError for an inline script, style or handler, a script from elsewhere, a repeated id, or tags
    that do not close in order.
    """

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.markup = markup
        self.elements: list[tuple[str, dict[str, str]]] = []
        self._texts: list[str] = []
        self._open: list[str] = []
        self.feed(markup)
        self.close()
        assert not self._open, f"not closed: {self._open}"
        ids = [attributes["id"] for _, attributes in self.elements if "id" in attributes]
        assert len(ids) == len(set(ids)), f"an id twice among {ids}"

    @property
    def text(self) -> str:
        """What a reader sees, with single blanks."""
        return " ".join(" ".join(self._texts).split())

    @property
    def links(self) -> list[str]:
        """Where the page's links lead, in order."""
        return [attributes["href"] for tag, attributes in self.elements if tag == "a" and "href" in attributes]

    def all(self, tag: str, **wanted: str) -> list[dict[str, str]]:
        """The attributes of every ``tag`` that has the ``wanted`` ones (`class_` and `data_x` for their names)."""
        named = {key.rstrip("_").replace("_", "-"): value for key, value in wanted.items()}
        return [each for found, each in self.elements if found == tag and named.items() <= each.items()]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element, and refuse what is inline."""
        attributes = {key: value or "" for key, value in attrs}
        assert tag != "style", "a style element"
        for key, value in attributes.items():
            assert key != "style", f"a style attribute: {value}"
            assert not key.startswith("on"), f"a handler: {key}={value}"
            assert not value.strip().lower().startswith("javascript:"), f"a script as an address: {value}"
        if tag == "script":
            assert attributes.get("src", "").startswith("/static/"), f"a script from {attributes}"
        self.elements.append((tag, attributes))
        if tag not in VOID:
            self._open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Keep an element that closes itself."""
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self._open.pop()

    def handle_endtag(self, tag: str) -> None:
        """Close the element opened last."""
        assert self._open, f"</{tag}> closes nothing"
        assert self._open.pop() == tag, f"</{tag}> out of order"

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        assert not (self._open and self._open[-1] == "script" and data.strip()), "an inline script"
        if not (self._open and self._open[-1] == "title"):
            self._texts.append(data)
