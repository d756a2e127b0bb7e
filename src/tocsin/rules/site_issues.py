"""The issues that show only beside a rule: its site, the other documents of its file, the sources there are."""

from collections.abc import Sequence

from tocsin.kernel.issues import Issue, Location
from tocsin.rules.issues import nearest, show, warning, write_instead

# What only shows beside the sources there are


def strange_field(location: Location, field: str, logsource: object, allowed: Sequence[str]) -> Issue:
    """A field that no source of the rule's logsource has sent."""
    message = f"no source of {logsource} has sent a field {show(field)}"
    meant = nearest(field, allowed)
    return warning("strange-field", message, location, f"write {show(meant)}" if meant else "look at its events")


def misspelt_logsource(location: Location, part: str, name: str, meant: str) -> Issue:
    """A product, category or service that looks like one of Sigma's taxonomy."""
    message = f"{part} {show(name)} is not in Sigma's taxonomy"
    return warning("misspelt-logsource", message, location, f"write {show(meant)}")


# Filters, old actions, placeholders and pipelines


def unknown_filtered(location: Location, name: str) -> Issue:
    """A filter's rule that is not loaded; the filter still applies to its others."""
    return warning(
        "unknown-reference", f"there is no rule {show(name)}", location, "name a loaded rule by its id or name"
    )


def idle_filter(location: Location) -> Issue:
    """A filter whose logsource none of its rules has."""
    message = "the filter applies to no rule: none of its rules has its logsource"
    return warning("idle-filter", message, location, "name the rule's product, category and service, or fewer of them")


def unknown_action(location: Location, action: object, allowed: Sequence[str]) -> Issue:
    """An `action` that Sigma does not have."""
    message = f"action {show(action)} is not an action"
    return Issue("unknown-action", message, location, write_instead(str(action), allowed))


def repeated_nothing(location: Location) -> Issue:
    """`action: repeat` before any rule."""
    return Issue("repeated-nothing", "there is no rule before this one to repeat", location, "write the rule in full")


def only_actions(location: Location) -> Issue:
    """A file of shared keys without a rule that would have them."""
    return warning("no-rules", "the file shares keys with no rule", location, "write rules below, or delete it")


def bad_pipeline(location: Location, problem: str) -> Issue:
    """A processing pipeline that pySigma cannot read; it is left out, and the rules are loaded without it."""
    mend = "see https://sigmahq-pysigma.readthedocs.io/en/latest/Processing_Pipelines.html"
    return Issue("bad-pipeline", f"the processing pipeline cannot be read: {problem}", location, mend)


def refused_by_pipeline(location: Location, problem: str) -> Issue:
    """A rule that a processing pipeline refuses, or of which nothing that can be tested is left."""
    reason, _, mend = problem.partition("; ")
    message = f"the processing pipelines cannot be applied: {reason.rstrip('.')}"
    return Issue("refused-by-pipeline", message, location, mend or "change the rule or the pipeline")
