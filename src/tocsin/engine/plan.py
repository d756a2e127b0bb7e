"""Plan: all rules compiled together, once, for every batch of every source."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from tocsin.engine.atoms import check_test
from tocsin.engine.program import Program
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, DetectionRule, Expression, Not, Operator, Or, Test
from tocsin.rules.taxonomy import PARTS, find_route

MAX_PROGRAMS: Final = 64
"""Programs kept. Sources of one logsource share theirs, so there are as many as kinds of log."""


@dataclass(frozen=True, slots=True)
class Refusal:
    """A rule that cannot be matched; it never matches, and the others do.

    Attributes:
        rule: its place in `Plan.rules`.
        test: the test at fault.
        reason: what is wrong, and the mend.
    """

    rule: int
    test: Test
    reason: str


@dataclass(frozen=True, eq=False, slots=True)
class Plan:
    """Rules, ready to be matched.

    Attributes:
        fields: the names of all fields that matching looks at. A column is needed if its name equals
            one of them without regard to case; `_error` and `_extra` are needed always.
        reads_all: there are keywords, which are sought in every column.
        refused: the rules that never match, and why.
    """

    rules: tuple[DetectionRule, ...]
    fields: tuple[str, ...]
    reads_all: bool
    refused: tuple[Refusal, ...]
    _programs: dict[LogSource, Program] = field(default_factory=dict, repr=False)

    def program(self, logsource: LogSource) -> Program:
        """The rules that look at a source of ``logsource``, compiled on first use."""
        if logsource not in self._programs:
            if len(self._programs) >= MAX_PROGRAMS:
                self._programs.pop(next(iter(self._programs)))
            refused = {refusal.rule for refusal in self.refused}
            conditions = {
                place: guarded
                for place, rule in enumerate(self.rules)
                if place not in refused and (guarded := _guard(rule, logsource)) is not None
            }
            self._programs[logsource] = Program(conditions)
        return self._programs[logsource]


def compile_plan(rules: Sequence[DetectionRule]) -> Plan:
    """Check ``rules`` and prepare to match them.

    A rule with a test that cannot be used is listed in `Plan.refused`; it does not stop the others.
    """
    refused = tuple(refusal for place, rule in enumerate(rules) for refusal in _refuse(place, rule))
    tests = [test for rule in rules for test in iterate_tests(rule.condition)]
    named = {test.field for test in tests if test.field is not None}
    named |= {test.value for test in tests if test.operator is Operator.FIELDREF}
    named |= {name for rule in rules for name in PARTS if getattr(rule.logsource, name)}
    return Plan(tuple(rules), tuple(sorted(named)), any(test.field is None for test in tests), refused)


def iterate_tests(expression: Expression) -> Iterator[Test]:
    """Every test in ``expression``, in order."""
    match expression:
        case Test():
            yield expression
        case And(terms) | Or(terms):
            for term in terms:
                yield from iterate_tests(term)
        case Not(term):
            yield from iterate_tests(term)


def _refuse(place: int, rule: DetectionRule) -> Iterator[Refusal]:
    for test in iterate_tests(rule.condition):
        if reason := check_test(test):
            yield Refusal(place, test, reason)
            return


def _guard(rule: DetectionRule, logsource: LogSource) -> Expression | None:
    """The condition under which ``rule`` matches an event of such a source; None if it never does.

    What the source does not state, the event may: in fields of the name.
    """
    route = find_route(rule.logsource, logsource)
    if not route.is_open:
        return None
    guards = (
        Or((Test(column, Operator.IS_NULL), Test(column, Operator.EQUALS, wanted))) for column, wanted in route.columns
    )
    return And((*guards, rule.condition))
