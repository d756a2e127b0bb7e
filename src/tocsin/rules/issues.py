"""Every issue a rule can have: its code, its wording and its mend, in one place."""

import difflib
from collections.abc import Iterable, Sequence
from typing import Final

from tocsin.kernel.issues import Issue, Location, Severity

SHOWN_VALUE: Final = 80
"""A value is shown in a message up to this many characters."""
SHOWN_NAMES: Final = 12
"""Allowed names are listed in a mend up to this many."""


def show(value: object) -> str:
    """``value`` as a message quotes it: on one line, cut where it is long."""
    text = " ".join(str(value).split())
    return f"'{text[:SHOWN_VALUE]}…'" if len(text) > SHOWN_VALUE else f"'{text}'"


def listing(names: Iterable[str], last: str) -> str:
    """``a, b or c``, ``last`` being the word before the last one; cut after `SHOWN_NAMES`."""
    shown = list(names)
    if len(shown) > SHOWN_NAMES:
        return ", ".join(shown[:SHOWN_NAMES]) + f" and {len(shown) - SHOWN_NAMES} more"
    return f" {last} ".join(part for part in (", ".join(shown[:-1]), shown[-1]) if part) if shown else "none"


def nearest(name: str, allowed: Iterable[str], *, cutoff: float = 0.6) -> str | None:
    """The one of ``allowed`` that ``name`` most likely was meant to be."""
    by_fold = {each.casefold(): each for each in allowed}
    found = difflib.get_close_matches(name.casefold(), by_fold, n=1, cutoff=cutoff)
    return by_fold[found[0]] if found else None


def write_instead(name: str, allowed: Sequence[str]) -> str:
    """The mend of a name that is not one of ``allowed``."""
    meant = nearest(name, allowed)
    return f"write {show(meant)}" if meant else f"use {listing(allowed, 'or')}"


def warning(code: str, message: str, location: Location, mend: str = "") -> Issue:
    """An issue that leaves the rule in use."""
    return Issue(code, message, location, mend, Severity.WARNING)


# Files and YAML


def no_rules(folder: str) -> Issue:
    """A folder in which no file is a rule file."""
    return warning("no-rules", "this folder holds no rules", Location(folder), "put .yml files into it")


def unreadable_file(path: str, reason: str) -> Issue:
    """A file or folder that the operating system does not give us."""
    return Issue("unreadable-file", f"it cannot be read ({reason})", Location(path), "let this user read it")


def unnamed_file(path: str) -> Issue:
    """A file whose name is no text: it could be neither shown nor stored."""
    return Issue("unreadable-file", "its name is not UTF-8", Location(ascii(path)), "rename it")


def large_file(path: str, limit_bytes: int) -> Issue:
    """A file over the limit."""
    message = f"the file is larger than {limit_bytes // 1024} KiB, which is no rule"
    return Issue("large-file", message, Location(path), "split it, or move it out of the folder")


def empty_file(path: str) -> Issue:
    """A file without any document."""
    return Issue("empty-file", "the file is empty", Location(path), "write a rule into it, or delete it")


def not_utf8(location: Location, byte: int) -> Issue:
    """A byte that is not UTF-8."""
    return Issue("not-utf-8", f"the byte 0x{byte:02x} is not UTF-8", location, "save the file as UTF-8")


def many_documents(location: Location, limit: int) -> Issue:
    """More documents in one file than are read."""
    return Issue("many-documents", f"the file has more than {limit} documents", location, "split the file")


def bad_yaml(location: Location, problem: str) -> Issue:
    """Text that YAML cannot read."""
    is_tab = "cannot start any token" in problem
    mend = "indent with spaces, not tabs" if is_tab else "look at indentation, quotes and colons here"
    return Issue("bad-yaml", f"this is not YAML: {problem}", location, mend)


def deep_yaml(location: Location, limit: int) -> Issue:
    """Nesting without end, or nearly."""
    return Issue("deep-yaml", f"the document is nested deeper than {limit} levels", location, "flatten it")


def large_yaml(location: Location, limit: int) -> Issue:
    """More values than a rule can need, aliases counted wherever they stand."""
    return Issue("large-yaml", f"the document has more than {limit} values", location, "split it")


def duplicate_key(location: Location, key: str, first: Location) -> Issue:
    """A key given twice in one mapping."""
    message = f"key {show(key)} is given twice, first in line {first.line}"
    return Issue("duplicate-key", message, location, "keep one, or join their values in a list")


def not_a_mapping(location: Location) -> Issue:
    """A document that is a text or a list."""
    return Issue("not-a-mapping", "the document is not a rule: no 'key: value' lines", location, "begin with 'title:'")


# A rule's keys


def missing_key(location: Location, key: str, mend: str) -> Issue:
    """A key without which a rule is none."""
    return Issue(f"missing-{key}", f"the rule has no {show(key)}", location, mend)


def wrong_type(location: Location, key: str, value: object, wanted: str) -> Issue:
    """A value of another kind than the key takes."""
    return Issue("wrong-type", f"{show(key)} is {kind(value)}, not {wanted}", location, f"write {wanted}")


def ignored_type(location: Location, key: str, value: object, wanted: str) -> Issue:
    """The same in a key that only people read."""
    message = f"{show(key)} is {kind(value)}, not {wanted}, and is left out"
    return warning("wrong-type", message, location, f"write {wanted}")


def kind(value: object) -> str:
    """What ``value`` is, for a person."""
    names = {dict: "a mapping", list: "a list", str: "a text", bool: "true or false", type(None): "empty"}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return f"the number {show(value)}"
    return names.get(type(value), f"a {type(value).__name__}")


def long_text(location: Location, key: str, length: int, limit: int) -> Issue:
    """A text too long for what it is for."""
    return Issue(f"long-{key}", f"{show(key)} is {length} characters long", location, f"use at most {limit}")


def misspelt_key(location: Location, key: str, meant: str) -> Issue:
    """A key that nothing reads and that looks like one that is missing."""
    return warning("unknown-key", f"{show(key)} is not a key of a rule", location, f"write {show(meant)}")


def unknown_key(location: Location, key: str, section: str, allowed: Sequence[str]) -> Issue:
    """A key that a section does not have; leaving it out could change what the rule means."""
    message = f"{show(key)} is not a key of {show(section)}"
    return Issue("unknown-key", message, location, write_instead(key, allowed))


def misplaced_key(location: Location, key: str, place: str) -> Issue:
    """A key that another kind of rule has."""
    return Issue("misplaced-key", f"{show(key)} belongs to {place}", location, f"write it in {place} over this rule")


def unknown_level(location: Location, level: object, allowed: Sequence[str]) -> Issue:
    """A level that Sigma does not have."""
    return Issue("unknown-level", f"level {show(level)} is not a level", location, f"use {listing(allowed, 'or')}")


def unknown_status(location: Location, status: object, allowed: Sequence[str]) -> Issue:
    """A status that Sigma does not have."""
    message = f"status {show(status)} is not a status"
    return Issue("unknown-status", message, location, f"use {listing(allowed, 'or')}")


def bad_id(location: Location, text: object) -> Issue:
    """An id that is no UUID; it still tells the rule from others."""
    return warning("bad-id", f"id {show(text)} is not a UUID", location, "write one, such as `uuidgen` prints")


def duplicate_name(location: Location, key: str, name: str, first: Location) -> Issue:
    """An id or name that another rule has; the later rule is left out."""
    message = f"{key} {show(name)} is already that of the rule at {first}"
    return Issue(f"duplicate-{key}", message, location, f"give this rule another {key}")


def empty_logsource(location: Location) -> Issue:
    """A logsource that names nothing, so that the rule would look at everything."""
    return Issue("empty-logsource", "logsource names nothing", location, "name a product, category or service")


def ignored_logsource_key(location: Location, key: str, meant: str) -> Issue:
    """A logsource key that nothing reads and that looks like one that is missing."""
    return warning("unknown-key", f"{show(key)} is not a key of 'logsource'", location, f"write {show(meant)}")


# Detection


def no_selection(location: Location, section: str) -> Issue:
    """A detection with a condition and nothing to test."""
    return Issue("no-selection", f"{section} has no selection", location, "add one, such as 'selection:'")


def empty_selection(location: Location, name: str) -> Issue:
    """A selection or field without values."""
    return Issue("empty-selection", f"{show(name)} has no values", location, "list values, or write null for no value")


def unknown_modifier(location: Location, modifier: str, allowed: Sequence[str]) -> Issue:
    """A modifier that Sigma does not have."""
    message = f"modifier {show(modifier)} is not a modifier"
    return Issue("unknown-modifier", message, location, write_instead(modifier, allowed))


def repeated_modifier(location: Location, modifier: str) -> Issue:
    """A modifier applied twice."""
    return Issue("repeated-modifier", f"modifier {show(modifier)} is given twice", location, "keep one")


def bad_field_name(location: Location, name: object) -> Issue:
    """A field name that YAML reads as something else than a text."""
    return Issue("bad-field", f"field name {show(name)} is {kind(name)}, not a text", location, "put it in quotes")


def bad_regex(location: Location, expression: str, problem: str, mend: str) -> Issue:
    """A regular expression that does not compile."""
    message = f"regular expression {show(expression)} is not valid: {problem}"
    return Issue("bad-regex", message, location, mend)


def bad_network(location: Location, network: object, problem: str) -> Issue:
    """A network that is none."""
    message = f"{show(network)} is not a network: {problem}"
    return Issue("bad-network", message, location, "write an address and a prefix, such as 10.0.0.0/8")


def bad_value(location: Location, item: str, value: object, problem: str) -> Issue:
    """A value that its field's modifiers cannot take."""
    message = f"{show(item)} cannot take {show(value)}: {problem}"
    return Issue("bad-value", message, location, "change the value or the modifiers")


def respelt_value(location: Location, written: str, read: str) -> Issue:
    """A plain value that YAML reads as another text than was written."""
    message = f"{show(written)} is read as {show(read)}"
    return warning("respelt-value", message, location, "put it in quotes to mean it as it stands")


def large_detection(location: Location, limit: int) -> Issue:
    """More tests than one rule may have."""
    return Issue("large-detection", f"the rule makes more than {limit} tests", location, "split it into several rules")


def many_selections(location: Location, limit: int) -> Issue:
    """More selections than one condition can sensibly join."""
    return Issue("large-detection", f"the rule has more than {limit} selections", location, "join them in lists")


def old_timeframe(location: Location) -> Issue:
    """`timeframe`, which Sigma replaced by correlations; without an aggregation it never meant anything."""
    message = "'timeframe' in a detection has no effect"
    return warning("old-timeframe", message, location, "delete it, or write a correlation")


def unused_selection(location: Location, name: str) -> Issue:
    """A selection that no condition names."""
    message = f"selection {show(name)} is not used by the condition"
    return warning("unused-selection", message, location, "name it in the condition, or delete it")


def unknown_selection(location: Location, name: str, selections: Sequence[str]) -> Issue:
    """A condition that names a selection which is not there."""
    message = f"the condition names {show(name)}, and there is no such selection"
    meant = nearest(name, selections)
    mend = f"write {show(meant)}; there " if meant else "there "
    verb = "is" if len(selections) == 1 else "are"
    return Issue("unknown-selection", message, location, f"{mend}{verb} {listing(selections, 'and')}")


def bad_condition(location: Location, text: str, offset: int) -> Issue:
    """A condition that cannot be parsed from ``offset`` on."""
    rest = text[offset:].strip()
    where = f"at {show(rest)}" if rest else "at its end"
    mend = "use names of selections with and, or, not, parentheses, '1 of x*' and 'all of x*'"
    return Issue("bad-condition", f"the condition cannot be read {where}", location, mend)


def piped_condition(location: Location) -> Issue:
    """Sigma's old aggregation."""
    message = "a condition with '|' is the old aggregation, which Sigma replaced"
    return Issue("piped-condition", message, location, "write a correlation rule beside this one")


def large_condition(location: Location, problem: str) -> Issue:
    """A condition over a limit."""
    return Issue("large-condition", f"the condition {problem}", location, "split the rule")


def untestable(location: Location, problem: str, mend: str) -> Issue:
    """A value that no event could be tested for as it is written."""
    return Issue("untestable", problem, location, mend)


# Correlations


def unknown_type(location: Location, name: object, allowed: Sequence[str]) -> Issue:
    """A correlation type that Sigma does not have."""
    message = f"correlation type {show(name)} is not a correlation type"
    return Issue("unknown-type", message, location, write_instead(str(name), allowed))


def bad_timespan(location: Location, problem: str) -> Issue:
    """A duration that is none, or out of bounds."""
    return Issue("bad-timespan", *_split_mend(problem, location))


def _split_mend(problem: str, location: Location) -> tuple[str, Location, str]:
    message, _, mend = problem.partition("; ")
    return message, location, mend


def bad_threshold(location: Location, problem: str, mend: str) -> Issue:
    """A correlation condition that is no comparison with a number."""
    return Issue("bad-threshold", f"the correlation's condition {problem}", location, mend)


def unknown_reference(location: Location, name: str, known: Sequence[str]) -> Issue:
    """A correlation over a rule that is not loaded."""
    meant = nearest(name, known)
    mend = f"write {show(meant)}" if meant else "name a loaded rule by its id or name"
    return Issue("unknown-reference", f"there is no rule {show(name)}", location, mend)


def broken_reference(location: Location, name: str, place: Location) -> Issue:
    """A correlation over a rule that has an issue of its own."""
    message = f"the rule {show(name)} at {place} is left out, and so is this correlation"
    return Issue("broken-reference", message, location, "mend that rule")


def correlation_cycle(location: Location, names: Sequence[str]) -> Issue:
    """Correlations that count each other."""
    circle = " → ".join(show(name) for name in names)
    return Issue("correlation-cycle", f"the correlation counts itself: {circle}", location, "break the circle")


def unlisted_alias(location: Location, name: str) -> Issue:
    """An alias for a rule that the correlation does not count."""
    message = f"the alias maps a field of {show(name)}, which is not under 'rules'"
    return Issue("unlisted-alias", message, location, "add it there, or take it out here")


# Sigma and Tocsin features that have no engine yet


def not_supported(location: Location, what: str, mend: str = "") -> Issue:
    """Something valid that would be run with another meaning; the rule is left out instead."""
    return Issue("not-supported", f"{what} is not supported yet", location, mend)
