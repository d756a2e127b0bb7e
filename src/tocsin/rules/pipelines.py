"""Processing pipelines in pySigma's YAML form: they rename fields, change values and conditions of rules.

pySigma applies them to its own form of a rule; what comes out is translated like any other detection.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from sigma.conditions import ConditionAND
from sigma.exceptions import SigmaError
from sigma.processing.pipeline import ProcessingPipeline
from sigma.rule import SigmaDetection, SigmaDetectionItem, SigmaLogSource, SigmaRule

from tocsin.kernel.errors import RuleError
from tocsin.kernel.issues import Issue, Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules import issues, site_issues
from tocsin.rules.conditions import MAX_TESTS, build_expression, read_condition
from tocsin.rules.documents import Document
from tocsin.rules.expressions import all_of, any_of
from tocsin.rules.model import Expression
from tocsin.rules.placeholders import Placeholders, fill_all
from tocsin.rules.translate import translate_detection_item

_STEP: Final = re.compile(r"(?:Error in processing rule|Unknown.*in rule) (\d+)")


@dataclass(frozen=True, slots=True, eq=False)
class Pipeline:
    """A pipeline that has been read.

    Attributes:
        location: where it begins.
        transformations: pySigma's form of it.
    """

    location: Location
    transformations: ProcessingPipeline

    @property
    def priority(self) -> int:
        """The lower, the earlier it is applied."""
        return self.transformations.priority


def read_pipeline(document: Document) -> tuple[Pipeline | None, list[Issue]]:
    """Read one document; None where it is wrong.

    A pipeline may neither run code nor fetch anything: pySigma's safe policy is in force.
    """
    try:
        return Pipeline(document.at(), ProcessingPipeline.from_dict(dict(document.data))), []
    # pySigma reads a pipeline's data trustingly: a list where a mapping belongs ends in one of the last four.
    except (SigmaError, TypeError, AttributeError, KeyError, ValueError) as error:
        return None, [site_issues.bad_pipeline(_place_of(document, str(error)), _reason(error))]


def _place_of(document: Document, problem: str) -> Location:
    """The transformation that pySigma complains of, counted from 1; else the pipeline."""
    step = _STEP.search(problem)
    steps = document.get("transformations")
    if step and isinstance(steps, list) and int(step[1]) <= len(steps):
        return document.at("transformations", int(step[1]) - 1)
    return document.at()


def _reason(error: Exception) -> str:
    text = _STEP.sub("", str(error)).removeprefix(": ").strip().rstrip(".")
    return text or type(error).__name__


@dataclass(frozen=True, slots=True)
class Processed:
    """A detection after all pipelines."""

    logsource: LogSource
    expression: Expression


def apply_pipelines(
    document: Document, section: dict[Any, Any], placeholders: Placeholders, pipelines: Sequence[Pipeline]
) -> tuple[Processed | None, list[Issue]]:
    """What ``pipelines`` make of the detection ``section`` of ``document``, both of which have been checked."""
    try:
        rule: Any = SigmaRule.from_dict(_rule_data(document, section, placeholders))
        for pipeline in pipelines:
            rule = pipeline.transformations.apply(rule)
        return _read_rule(document, rule)
    except (SigmaError, RuleError) as error:
        return None, [site_issues.refused_by_pipeline(document.at(), str(error))]
    # A transformation may be written for other rules than this: a pipeline's fault must not stop the rules beside it.
    except (TypeError, AttributeError, KeyError, ValueError) as error:
        return None, [site_issues.refused_by_pipeline(document.at(), f"{type(error).__name__}: {error}")]


def _rule_data(document: Document, section: dict[Any, Any], placeholders: Placeholders) -> dict[str, Any]:
    """What a pipeline may look at: tags, level and so on as well; known placeholders are filled."""
    kept = ("title", "status", "level", "tags", "author", "description", "falsepositives", "fields")
    data = {key: document.data[key] for key in kept if key in document.data}
    detection = {
        str(name): each if name == "condition" else _fill(each, placeholders)
        for name, each in section.items()
        if name != "timeframe"
    }
    return {**data, "logsource": document.data["logsource"], "detection": detection}


def _fill(definition: Any, placeholders: Placeholders, key: str = "") -> Any:  # noqa: ANN401  YAML of any kind
    if isinstance(definition, dict):
        renamed = ((str(name).replace("|utf16le", "|wide"), each) for name, each in definition.items())
        return {name: _fill(each, placeholders, name) for name, each in renamed}
    if isinstance(definition, list) and any(isinstance(each, dict | list) for each in definition):
        return [_fill(each, placeholders) for each in definition]
    return list(fill_all(definition, placeholders)) if "expand" in key.split("|")[1:] else definition


def _read_rule(document: Document, rule: SigmaRule) -> tuple[Processed | None, list[Issue]]:
    selections = {name: _translate(each) for name, each in rule.detection.detections.items()}
    names = tuple(selections)
    expressions: list[Expression] = []
    for text in [each.condition for each in rule.detection.parsed_condition]:  # where transformations add to it
        condition, found = read_condition(document, ("detection", "condition"), text, names)
        if condition is None:
            return None, found
        expression = build_expression(condition, selections)
        if expression is None:
            return None, [issues.large_detection(document.at(), MAX_TESTS)]
        expressions.append(expression)
    return Processed(_logsource(rule.logsource), any_of(expressions)), []


def _translate(detection: SigmaDetection | SigmaDetectionItem) -> Expression:
    if isinstance(detection, SigmaDetectionItem):
        return translate_detection_item(detection)
    join = all_of if detection.item_linking is ConditionAND else any_of
    return join([_translate(each) for each in detection.detection_items])


def _logsource(logsource: SigmaLogSource) -> LogSource:
    return LogSource(logsource.product, logsource.category, logsource.service)
