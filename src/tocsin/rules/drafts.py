"""One document → a draft: a rule as far as its own file can tell, before references to others are followed."""

from dataclasses import dataclass, replace
from typing import Final

from tocsin.kernel.issues import Issue, Location, Severity
from tocsin.rules import issues
from tocsin.rules.correlations import References, read_correlation
from tocsin.rules.detection import read_detection
from tocsin.rules.documents import Document
from tocsin.rules.extensions import CORRELATION_KEYS, DETECTION_KEYS, read_extensions
from tocsin.rules.metadata import canonical_name, read_logsource, read_meta
from tocsin.rules.model import CorrelationRule, DetectionRule, Expression, Rule

_OLD_ACTIONS: Final = ("global", "reset", "repeat", "include")


@dataclass(frozen=True, slots=True)
class Draft:
    """What one document says.

    Attributes:
        rule: None after an error. A correlation's `rules` and its aliases' rules are as written.
        names: by which other rules may refer to it, as `canonical_name` spells them; (key, name).
        places: the same keys, and where each stands.
        references, alias_references: the names a correlation refers to, and where.
        generates: `correlation.generate`: the rules it counts ring by themselves as well.
    """

    rule: Rule | None
    names: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, Location], ...]
    location: Location
    digest: str
    references: References = ()
    alias_references: References = ()
    generates: bool = False


def read_draft(document: Document) -> tuple[Draft, list[Issue]]:
    """Read one document; its rule is None where one of the issues is an error."""
    data = document.data
    keys = [key for key in ("id", "name") if isinstance(data.get(key), str | int) and data[key]]
    draft = Draft(
        rule=None,
        names=tuple((key, canonical_name(str(data[key]))) for key in keys),
        places=tuple((key, document.at(key)) for key in keys),
        location=document.at(),
        digest=document.digest,
    )
    if data.get("action") in _OLD_ACTIONS:
        what = f"'action: {data['action']}', Sigma's old way to share keys,"
        return draft, [issues.not_supported(document.at_key("action"), what, "write each rule in full")]
    if "filter" in data and "detection" not in data:
        return draft, [issues.not_supported(document.at_key("filter"), "a Sigma filter", "put it into the rules")]
    return _read_correlation(document, draft) if "correlation" in data else _read_detection(document, draft)


def _read_detection(document: Document, draft: Draft) -> tuple[Draft, list[Issue]]:
    extensions, found = read_extensions(document, DETECTION_KEYS)
    meta, meta_issues = read_meta(document, extensions.next_steps)
    logsource, logsource_issues = read_logsource(document)
    expression, detection_issues = _read_section(document)
    found = [*meta_issues, *logsource_issues, *detection_issues, *found]
    if meta is None or logsource is None or expression is None or _has_error(found):
        return draft, found
    rule = DetectionRule(meta, logsource, expression, extensions.group_by, extensions.timespan_us)
    return replace(draft, rule=rule), found


def _read_section(document: Document) -> tuple[Expression | None, list[Issue]]:
    section = document.data.get("detection")
    if section is None:
        return None, [issues.missing_key(document.at(), "detection", "say what to look for")]
    if not isinstance(section, dict):
        return None, [issues.wrong_type(document.at("detection"), "detection", section, "a mapping")]
    return read_detection(document)


def _read_correlation(document: Document, draft: Draft) -> tuple[Draft, list[Issue]]:
    extensions, found = read_extensions(document, CORRELATION_KEYS)
    meta, meta_issues = read_meta(document, extensions.next_steps)
    correlation, correlation_issues = read_correlation(document)
    found = [*meta_issues, *correlation_issues, *found]
    if correlation is None:
        return draft, found
    draft = replace(
        draft,
        references=correlation.references,
        alias_references=correlation.alias_references,
        generates=correlation.generates,
    )
    if meta is None or _has_error(found):
        return draft, found
    rule = CorrelationRule(
        meta=meta,
        type=correlation.type,
        rules=tuple(name for name, _ in correlation.references),
        timespan_us=correlation.timespan_us,
        thresholds=correlation.thresholds,
        group_by=correlation.group_by,
        aliases=correlation.aliases,
    )
    return replace(draft, rule=rule), found


def _has_error(found: list[Issue]) -> bool:
    return any(issue.severity is Severity.ERROR for issue in found)
