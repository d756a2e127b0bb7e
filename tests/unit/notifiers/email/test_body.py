"""The two bodies of a mail."""

from html.parser import HTMLParser

from tests.unit.notifiers.cast import hostile, message

from tocsin.notifiers.email import body
from tocsin.notifiers.message import Occasion


class _Reader(HTMLParser):
    """Collects the tags and addresses of a page."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.addresses: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value or "" for name, value in attrs if name in ("href", "src", "background", "action")]


def test_the_html_loads_nothing() -> None:
    """No image, script, frame or stylesheet: nothing tells anyone that the mail was opened."""
    page = body.html(message())
    assert not set(_Reader(page).tags) & {"img", "script", "link", "iframe", "object", "form", "svg"}
    assert "url(" not in page
    assert "@import" not in page


def test_hostile_content_adds_no_tag_and_no_link() -> None:
    """The tags of a hostile message are those of a harmless one of its shape, and only web addresses link."""
    reader = _Reader(body.html(hostile()))
    assert "script" not in reader.tags
    assert all(each.startswith("https://") for each in reader.addresses)


def test_both_bodies_lead_to_the_alert() -> None:
    """The link stands in the text and in the HTML."""
    assert "Open the alert: https://tocsin.example.com/alerts/12" in body.text(message())
    assert "https://tocsin.example.com/alerts/12" in _Reader(body.html(message())).addresses


def test_the_text_reads_from_top_to_bottom() -> None:
    """What happened stands before what to do, and that before the events."""
    text = body.text(message())
    places = [
        text.index(part) for part in ("[HIGH]", "src_ip", "What happened", "What to do next", "Sample events", "Rule ")
    ]
    assert places == sorted(places)


def test_a_test_mail_has_no_empty_parts() -> None:
    """A message without group, samples or rule leaves no heading without a body."""
    bare = message(
        occasion=Occasion.TEST, alert_id=None, group=(), source="", samples=(), next_steps="", falsepositives=(),
        references=(), rule_id="", tags=(),
    )  # fmt: skip
    assert "<table" not in body.html(bare)
    for absent in ("Sample events", "What to do next", "Rule", "Open the alert"):
        assert absent not in body.html(bare)
        assert absent not in body.text(bare)
