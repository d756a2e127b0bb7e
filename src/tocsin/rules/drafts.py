"""One document → a draft: a rule as far as its own file can tell, before references to others are followed."""

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from tocsin.kernel.issues import Issue, Location, Severity
from tocsin.kernel.logsource import LogSource
from tocsin.rules import issues
from tocsin.rules.absent import read_absent
from tocsin.rules.baseline import read_baseline
from tocsin.rules.correlations import References, read_correlation
from tocsin.rules.documents import Document
from tocsin.rules.extensions import CORRELATION_KEYS, DETECTION_KEYS, read_extensions
from tocsin.rules.filters import Filter, read_filter
from tocsin.rules.metadata import canonical_name, read_logsource, read_meta
from tocsin.rules.model import CorrelationRule, DetectionRule, Rule
from tocsin.rules.similar import read_similar
from tocsin.rules.site import NO_SITE, Site

if TYPE_CHECKING:
    from tocsin.rules.pipelines import Processed


@dataclass(frozen=True, slots=True)
class Draft:
    """What one document says.

    Attributes:
        rule: None after an error. A correlation's `rules` and its aliases' rules are as written.
        names: by which other rules may refer to it, as `canonical_name` spells them; (key, name).
        places: the same keys, and where each stands.
        references, alias_references: the names a correlation refers to, and where.
        generates: `correlation.generate`: the rules it counts ring by themselves as well.
        filter: what a filter's document asks of other rules; such a draft has no rule.
    """

    rule: Rule | None
    names: tuple[tuple[str, str], ...]
    places: tuple[tuple[str, Location], ...]
    location: Location
    digest: str
    references: References = ()
    alias_references: References = ()
    generates: bool = False
    filter: Filter | None = None


def read_draft(document: Document, site: Site = NO_SITE) -> tuple[Draft, list[Issue]]:
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
    if "correlation" in data:
        return _read_correlation(document, draft)
    if "filter" in data and "detection" not in data:
        return _read_filter(document, draft, site)
    return _read_detection(document, draft, site)


def _read_filter(document: Document, draft: Draft, site: Site) -> tuple[Draft, list[Issue]]:
    meta, meta_issues = read_meta(document, "")
    read, found = read_filter(document, site)
    return (draft if meta is None else replace(draft, filter=read)), meta_issues + found


def _read_detection(document: Document, draft: Draft, site: Site) -> tuple[Draft, list[Issue]]:
    extensions, found = read_extensions(document, DETECTION_KEYS)
    meta, meta_issues = read_meta(document, extensions.next_steps)
    logsource, logsource_issues = read_logsource(document)
    detection, detection_issues = _read_section(document, logsource, site)
    found = [*meta_issues, *logsource_issues, *detection_issues, *found]
    if meta is None or logsource is None or detection is None or _has_error(found):
        return draft, found
    rule = DetectionRule(meta, detection.logsource, detection.expression, extensions.group_by, extensions.timespan_us)
    return replace(draft, rule=rule), found


def _read_section(
    document: Document, logsource: LogSource | None, site: Site
) -> "tuple[Processed | None, list[Issue]]":
    section = document.data.get("detection")
    if section is None:
        return None, [issues.missing_key(document.at(), "detection", "say what to look for")]
    if not isinstance(section, dict):
        return None, [issues.wrong_type(document.at("detection"), "detection", section, "a mapping")]
    # pySigma is imported with the first rule that is read: a start from the cache does without it.
    from tocsin.rules.detection import read_section

    return read_section(document, "detection", logsource, site)


def _read_correlation(document: Document, draft: Draft) -> tuple[Draft, list[Issue]]:
    extensions, found = read_extensions(document, CORRELATION_KEYS)
    meta, meta_issues = read_meta(document, extensions.next_steps)
    correlation, correlation_issues = read_correlation(document)
    similar, similar_issues = read_similar(document, correlation)
    absence, absent_issues = read_absent(document, correlation)
    baseline, baseline_issues = read_baseline(document, correlation)
    found = [*meta_issues, *correlation_issues, *found, *similar_issues, *absent_issues, *baseline_issues]
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
        thresholds=correlation.condition.thresholds,
        group_by=correlation.group_by,
        aliases=correlation.aliases,
        fields=correlation.condition.fields,
        percentile=correlation.condition.percentile,
        presences=correlation.condition.presences,
        similar=similar,
        absence=absence,
        baseline=baseline,
    )
    return replace(draft, rule=rule), found


def _has_error(found: list[Issue]) -> bool:
    return any(issue.severity is Severity.ERROR for issue in found)
