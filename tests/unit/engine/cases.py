"""What the engine's tests share: rules in a few words, tables, and what matches what."""

from collections.abc import Mapping, Sequence

import pyarrow as pa
from tests.oracle.evaluate import matches

from tocsin.engine.match import match
from tocsin.engine.plan import compile_plan
from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules import model

META = model.Meta("rule", "Rule", model.Level.LOW, Location("rule.yml"))
ANY = LogSource()


def ask(field: str | None, operator: str, value: str = "", *, cased: bool = False) -> model.Test:
    """A test of ``field``."""
    return model.Test(field, model.Operator(operator), value, cased)


def rule(condition: model.Expression, logsource: LogSource = ANY) -> model.DetectionRule:
    """A rule with ``condition``."""
    return model.DetectionRule(META, logsource, condition)


def table(events: Sequence[Mapping[str, str | None]], *, encoded: bool = True) -> pa.Table:
    """The events as a store gives them."""
    names = sorted({name for event in events for name in event})
    columns = {name: pa.array([event.get(name) for event in events], pa.string()) for name in names}
    ids = {"_id": pa.array([str(place) for place in range(len(events))])}
    return pa.table(ids | {name: column.dictionary_encode() if encoded else column for name, column in columns.items()})


def found(events: pa.Table, *conditions: model.Expression) -> list[tuple[int, int]]:
    """The (rule, row) pairs that match."""
    matched = match(events, compile_plan([rule(condition) for condition in conditions]), ANY)
    return list(zip(matched.rule.tolist(), matched.row.tolist(), strict=True))


def is_match(rule: model.DetectionRule, event: Mapping[str, str | None], source: LogSource = ANY) -> tuple[bool, bool]:
    """What engine and oracle say of one rule and one event."""
    return len(match(table([event]), compile_plan([rule]), source)) == 1, matches(rule, event, source)
