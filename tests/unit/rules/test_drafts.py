"""What one document says before others are looked at."""

from tests.unit.rules.conftest import HEAD

from tocsin.rules.documents import read_documents
from tocsin.rules.drafts import Draft, read_draft
from tocsin.rules.model import CorrelationRule, DetectionRule

DETECTION = "detection:\n    s: {a: 1}\n    condition: s\n"


def draft_of(text: str) -> Draft:
    """The draft of one document."""
    (document,), _ = read_documents(text.encode(), "r.yml", "made")
    return read_draft(document)[0]


def test_a_detection_is_a_rule_of_its_own() -> None:
    """It refers to nothing."""
    draft = draft_of("name: x\n" + HEAD + DETECTION)
    assert isinstance(draft.rule, DetectionRule)
    assert (draft.names, draft.references) == ((("name", "x"),), ())


def test_a_broken_document_still_has_its_names() -> None:
    """So that a correlation can say what it misses."""
    draft = draft_of("name: x\nid: y\ntitle: no more\n")
    assert draft.rule is None
    assert draft.names == (("id", "y"), ("name", "x"))


def test_a_correlation_keeps_its_references_as_written() -> None:
    """With the place of each."""
    draft = draft_of(
        "title: Many\ncorrelation:\n    type: event_count\n    rules: [x, y]\n    timespan: 5m\n"
        "    condition: {gte: 2}\n    generate: true\n"
    )
    assert isinstance(draft.rule, CorrelationRule)
    assert [(name, str(place)) for name, place in draft.references] == [("x", "r.yml:4:13"), ("y", "r.yml:4:16")]
    assert draft.generates


def test_a_correlation_with_a_mistake_keeps_its_references() -> None:
    """Its rules are known to be feeders."""
    draft = draft_of("title: Many\nlevel: hihg\ncorrelation:\n    type: temporal\n    rules: [x]\n    timespan: 5m\n")
    assert draft.rule is None
    assert [name for name, _ in draft.references] == ["x"]
