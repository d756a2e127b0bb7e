"""References between rules of all files."""

from pathlib import Path

from tests.unit.rules.conftest import HEAD, Write

from tocsin.rules.load import load
from tocsin.rules.model import DetectionRule, RuleSet

UUID = "5a1b0c6e-1f6d-4c8e-9a39-2f3a1d9c7b10"
DETECTION = "detection:\n    s: {a: 1}\n    condition: s\n"


def rule(**keys: str) -> str:
    """A detection rule with these further keys, which stand before its title."""
    return "".join(f"{key}: {value}\n" for key, value in keys.items()) + HEAD + DETECTION


def correlation(name: str, *rules: str, more: str = "") -> str:
    """A correlation over ``rules``, which are named in line 5 from column 13."""
    return (
        f"name: {name}\ntitle: Many\ncorrelation:\n    type: event_count\n    rules: [{', '.join(rules)}]\n"
        f"    timespan: 5m\n    condition:\n        gte: 5\n{more}"
    )


def load_files(write: Write, **files: str) -> RuleSet:
    """Load a folder of these files."""
    for name, text in files.items():
        write(f"rules/{name}.yml", text)
    return load([Path("rules")])


def outcome(ruleset: RuleSet) -> tuple[list[str], list[str]]:
    """Ids of the rules and the printed issues."""
    return [rule.meta.id for rule in ruleset.rules], [str(issue) for issue in ruleset.issues]


def rings(ruleset: RuleSet) -> dict[str, bool]:
    """Which detection rules ring by themselves."""
    return {rule.meta.id: rule.alerts for rule in ruleset.rules if isinstance(rule, DetectionRule)}


def test_a_rule_is_referred_to_by_id_or_name_across_files(write: Write) -> None:
    """A reference finds its rule in any file, before or after, in any spelling of a UUID."""
    ruleset = load_files(
        write,
        a=correlation("by-id", UUID.upper()),
        b=rule(id=UUID, name="failed"),
        c=correlation("by-name", "failed"),
    )
    assert outcome(ruleset) == (["by-id", UUID, "by-name"], [])
    assert [getattr(each, "rules", None) for each in ruleset.rules] == [(UUID,), None, (UUID,)]


def test_an_id_belongs_to_the_first_rule_that_has_it(write: Write) -> None:
    """The later rule is left out, and its issue names the place of the first."""
    ruleset = load_files(write, a=rule(id=UUID), b=rule(id=UUID.upper()))
    assert outcome(ruleset) == (
        [UUID],
        [f"rules/b.yml:1:5: id '{UUID}' is already that of the rule at rules/a.yml:1:1; give this rule another id"],
    )


def test_a_name_belongs_to_the_first_rule_that_has_it(write: Write) -> None:
    """Two rules of one name could not be told apart by a correlation."""
    ruleset = load_files(write, a=rule(id=UUID, name="x") + "---\n" + rule(name="x"))
    assert outcome(ruleset) == (
        [UUID],
        ["rules/a.yml:10:7: name 'x' is already that of the rule at rules/a.yml:1:1; give this rule another name"],
    )


def test_a_broken_rule_keeps_its_name(write: Write) -> None:
    """A correlation over a broken rule says so, rather than that there is none."""
    ruleset = load_files(write, a=rule(name="x", level="loud"), b=correlation("y", "x"))
    assert outcome(ruleset) == (
        [],
        [
            "rules/a.yml:2:8: level 'loud' is not a level; use informational, low, medium, high or critical",
            "rules/b.yml:5:13: the rule 'x' at rules/a.yml:1:1 is left out, and so is this correlation; mend that rule",
        ],
    )


def test_correlations_that_count_each_other_are_refused(write: Write) -> None:
    """Each of a circle is left out, with the way around."""
    ruleset = load_files(write, a=correlation("x", "y"), b=correlation("y", "z"), c=correlation("z", "x"))
    assert outcome(ruleset) == (
        [],
        [
            "rules/a.yml:5:13: the correlation counts itself: 'x' → 'y' → 'z' → 'x'; break the circle",
            "rules/b.yml:5:13: the correlation counts itself: 'y' → 'z' → 'x' → 'y'; break the circle",
            "rules/c.yml:5:13: the correlation counts itself: 'z' → 'x' → 'y' → 'z'; break the circle",
        ],
    )


def test_a_correlation_of_itself_is_refused(write: Write) -> None:
    """The smallest circle."""
    ruleset = load_files(write, a=correlation("x", "x"))
    assert outcome(ruleset)[1] == [
        "rules/a.yml:5:13: the correlation counts itself: 'x' → 'x'; break the circle",
    ]


def test_a_correlation_may_name_a_correlation(write: Write) -> None:
    """Both run; the inner one only feeds the outer one."""
    ruleset = load_files(write, a=rule(name="x"), b=correlation("y", "x"), c=correlation("z", "y"))
    assert outcome(ruleset) == (["x", "y", "z"], [])
    assert [rule.alerts for rule in ruleset.rules] == [False, False, True]


def test_a_correlation_is_asked_for_the_fields_of_its_group_only(write: Write) -> None:
    """Its matches have no others: a group-by that asks for one is named, not silently empty."""
    more = "    group-by: host\n"
    ruleset = load_files(write, a=rule(name="x"), b=correlation("y", "x"), c=correlation("z", "y", more=more))
    (issue,) = outcome(ruleset)[1]
    assert issue == (
        "rules/c.yml:5:13: the correlation 'y' has no 'host': its matches have its group's fields; "
        "group it by 'host', or use none"
    )


def test_a_correlation_of_a_broken_correlation_is_left_out_too(write: Write) -> None:
    """All the way up, each with an issue."""
    ruleset = load_files(
        write, a=rule(name="x"), b=correlation("y", "gone"), c=correlation("z", "y"), d=correlation("w", "z")
    )
    rules, found = outcome(ruleset)
    assert rules == ["x"]
    assert len(found) == 3


def test_an_alias_is_for_a_counted_rule(write: Write) -> None:
    """An alias for another rule would never be used."""
    aliases = "    aliases:\n        who: {other: user}\n"
    ruleset = load_files(write, a=rule(name="x"), b=rule(name="other"), c=correlation("y", "x", more=aliases))
    (issue,) = outcome(ruleset)[1]
    assert issue == (
        "rules/c.yml:10:15: the alias maps a field of 'other', which is not under 'rules'; "
        "add it there, or take it out here"
    )


def test_a_counted_rule_does_not_ring_by_itself(write: Write) -> None:
    """It feeds its correlation; a rule that none counts rings."""
    ruleset = load_files(write, a=rule(name="x"), b=rule(name="other"), c=correlation("y", "x"))
    assert rings(ruleset) == {"x": False, "other": True}


def test_generate_lets_a_counted_rule_ring(write: Write) -> None:
    """One correlation that says so is enough, wherever it stands among others."""
    generate = "    generate: true\n"
    ruleset = load_files(write, a=rule(name="x"), b=correlation("y", "x", more=generate), c=correlation("z", "x"))
    assert rings(ruleset) == {"x": True}


def test_a_correlation_that_cannot_run_yet_still_silences_what_it_counts(write: Write) -> None:
    """Its author did not mean every single event to ring."""
    temporal = correlation("y", "x").replace("event_count", "temporal")
    assert rings(load_files(write, a=rule(name="x"), b=temporal)) == {"x": False}
