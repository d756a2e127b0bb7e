"""Check: all that is wrong with rules or looks strange, as `tocsin rules check`, the API and the editor say it."""

from collections.abc import Iterator, Sequence

from tocsin.engine.plan import compile_plan
from tocsin.kernel.issues import Issue
from tocsin.rules.model import DetectionRule, RuleSet
from tocsin.rules.outline import find_document
from tocsin.rules.review import Carrier, Find, review


def find_issues(ruleset: RuleSet, carriers: Sequence[Carrier], find: Find = find_document) -> Iterator[Issue]:
    """Those of the files, those that the engine has, and what looks strange beside the sources.

    Args:
        find: where the document of a rule is found; without, in its file.
    """
    yield from ruleset.issues
    detections = [rule for rule in ruleset.rules if isinstance(rule, DetectionRule)]
    for refusal in compile_plan(detections).refused:
        message, _, mend = refusal.reason.partition("; ")
        yield Issue("refused-by-engine", message, detections[refusal.rule].meta.location, mend)
    yield from review(detections, carriers, find)
