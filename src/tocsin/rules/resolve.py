"""Drafts of all files → the rules: names claimed, correlations' references followed, feeders silenced."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from tocsin.kernel.issues import Issue, Location
from tocsin.rules import issues
from tocsin.rules.drafts import Draft
from tocsin.rules.filters import Filter, apply_filters
from tocsin.rules.metadata import canonical_name
from tocsin.rules.model import CorrelationRule, DetectionRule, Presence, Rule
from tocsin.rules.similar import check_chain

Index = Mapping[str, Draft]
"""Drafts by every id and name that another rule may use."""


def resolve(drafts: Sequence[Draft]) -> tuple[list[Rule], list[Issue]]:
    """The usable rules of ``drafts``, in their order. The first to have an id or name keeps it."""
    index, kept, found = _claim_names(drafts)
    rules: list[Rule] = []
    for draft in kept:
        if isinstance(draft.rule, CorrelationRule):
            rule, more = _link(draft, draft.rule, index)
            rules += [rule] if rule else []
            found += more
        elif draft.rule:
            rules.append(draft.rule)
    rules, found = _without_broken(rules, found, index)
    rules, more = _filter(rules, [draft.filter for draft in kept if draft.filter])
    return _silence_feeders(rules, kept, index), found + more


def _filter(rules: list[Rule], filters: Sequence[Filter]) -> tuple[list[Rule], list[Issue]]:
    if not filters:
        return rules, []
    detections, found = apply_filters([rule for rule in rules if isinstance(rule, DetectionRule)], filters)
    filtered = iter(detections)
    return [next(filtered) if isinstance(rule, DetectionRule) else rule for rule in rules], found


def _claim_names(drafts: Sequence[Draft]) -> tuple[dict[str, Draft], list[Draft], list[Issue]]:
    index: dict[str, Draft] = {}
    kept: list[Draft] = []
    found: list[Issue] = []
    for draft in drafts:
        own = {name: key for key, name in draft.names}
        if draft.rule:
            own.setdefault(draft.rule.meta.id, "id")
        taken = next(((key, name) for name, key in own.items() if name in index), None)
        if taken:
            place = dict(draft.places).get(taken[0], draft.location)
            found.append(issues.duplicate_name(place, *taken, index[taken[1]].location))
            continue
        index.update(dict.fromkeys(own, draft))
        kept.append(draft)
    return index, kept, found


def _link(draft: Draft, rule: CorrelationRule, index: Index) -> tuple[CorrelationRule | None, list[Issue]]:
    """``rule`` with ids in place of the written names."""
    found = [
        issue
        for name, place in (*draft.references, *draft.alias_references)
        if (issue := _check_reference(name, place, draft, index))
    ]
    found = found or [issue for name, place in draft.references if (issue := _check_chain(rule, name, place, index))]
    if found:
        return None, found
    ids = {name: _id_of(name, index) for name, _ in (*draft.references, *draft.alias_references)}
    counted = tuple(dict.fromkeys(ids[name] for name in rule.rules))
    stray = [issues.unlisted_alias(place, name) for name, place in draft.alias_references if ids[name] not in counted]
    if stray:
        return None, stray
    aliases = tuple((alias, tuple((ids[name], field) for name, field in fields)) for alias, fields in rule.aliases)
    presences = tuple(
        Presence(tuple(ids[name] for name in each.present), tuple(ids[name] for name in each.absent))
        for each in rule.presences
    )
    return replace(rule, rules=counted, aliases=aliases, presences=presences), []


def _check_reference(name: str, place: Location, draft: Draft, index: Index) -> Issue | None:
    target = index.get(canonical_name(name))
    if target is None:
        return issues.unknown_reference(place, name, list(index))
    if circle := _find_circle(draft, target, index):
        return issues.correlation_cycle(place, circle)
    if target.rule is None:
        return issues.broken_reference(place, name, target.location)
    return None


def _check_chain(rule: CorrelationRule, name: str, place: Location, index: Index) -> Issue | None:
    """A correlation's matches have the fields of its group-by, so only these can be asked of it."""
    target = index[canonical_name(name)].rule
    if not isinstance(target, CorrelationRule):
        return None
    if wrong := check_chain(rule, target, name):
        return Issue("similar-chain", wrong[0], place, wrong[1])
    own = {alias: dict(fields).get(name, alias) for alias, fields in rule.aliases}
    asked = [own.get(field, field) for field in (*rule.group_by, *rule.fields)]
    missing = next((field for field in asked if field not in target.group_by), None)
    if missing is None:
        return None
    message = f"the correlation {issues.show(name)} has no {issues.show(missing)}: its matches have its group's fields"
    mend = f"group it by {issues.show(missing)}, or use {issues.listing(target.group_by, 'or')}"
    return Issue("ungrouped-chain", message, place, mend)


def _without_broken(rules: list[Rule], found: list[Issue], index: Index) -> tuple[list[Rule], list[Issue]]:
    """``rules`` without the correlations that name one that was left out."""
    while True:
        known = {rule.meta.id for rule in rules}
        broken = {
            rule.meta.id: name
            for rule in rules
            if isinstance(rule, CorrelationRule)
            for name in rule.rules
            if name not in known
        }
        if not broken:
            return rules, found
        for rule in rules:
            if name := broken.get(rule.meta.id):
                target = next(draft for draft in index.values() if draft.rule and draft.rule.meta.id == name)
                found = [*found, issues.broken_reference(rule.meta.location, name, target.location)]
        rules = [rule for rule in rules if rule.meta.id not in broken]


def _find_circle(draft: Draft, target: Draft, index: Index) -> list[str] | None:
    """The way from ``target`` back to ``draft`` by references, as titles; None if there is none."""
    ways = [(target, [_name(draft), _name(target)])]
    seen = {id(target)}
    while ways:
        place, way = ways.pop()
        if place is draft:
            return way
        for name, _ in place.references:
            following = index.get(canonical_name(name))
            if following and id(following) not in seen:
                seen.add(id(following))
                ways.append((following, [*way, _name(following)]))
    return None


def _name(draft: Draft) -> str:
    return draft.names[-1][1] if draft.names else str(draft.location)


def _id_of(name: str, index: Index) -> str:
    rule = index[canonical_name(name)].rule
    return rule.meta.id if rule else name


def _silence_feeders(rules: list[Rule], drafts: Sequence[Draft], index: Index) -> list[Rule]:
    """Rules that correlations count do not ring by themselves, unless one of those says `generate: true`.

    A correlation that is left out still says what its feeders are for.
    """
    counted: dict[str, bool] = {}
    for draft in drafts:
        for name, _ in draft.references:
            target = index.get(canonical_name(name))
            if target and target.rule:
                rule_id = target.rule.meta.id
                counted[rule_id] = counted.get(rule_id, False) or draft.generates
    return [rule if counted.get(rule.meta.id, True) else replace(rule, alerts=False) for rule in rules]
