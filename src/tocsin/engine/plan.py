"""Plan: all rules compiled together, once, for every batch of every source."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

from tocsin.engine.atoms import check_test
from tocsin.engine.folding import fold_text
from tocsin.engine.keep import BROKEN, Keeper, pack_program, unpack_program
from tocsin.engine.program import Program, compile_program
from tocsin.engine.routes import Told
from tocsin.kernel.collector import paused_collector
from tocsin.kernel.logsource import LogSource
from tocsin.kernel.shelf import Shelf
from tocsin.rules.model import REFERENCES, And, DetectionRule, Expression, Not, Or, Rule, Test
from tocsin.rules.packed import pack_tests, unpack_tests
from tocsin.rules.taxonomy import find_route, routing_fields

MAX_PROGRAMS: Final = 64
"""Programs kept. Sources of one logsource share theirs, so there are as many as kinds of log."""

MIN_KEPT_RULES: Final = 32
"""Programs of fewer are compiled as fast as they are read."""
_FACTS: Final = "facts"


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
    _keeper: Keeper | None = field(default=None, repr=False)
    _programs: dict[tuple[LogSource, Told | None], Program] = field(default_factory=dict, repr=False)
    _named: dict[LogSource, dict[str, frozenset[str]]] = field(default_factory=dict, repr=False)
    _asked: set[str] = field(default_factory=set, repr=False)

    def program(self, logsource: LogSource, told: Told | None = None) -> Program:
        """The rules that look at a source of ``logsource``, compiled on first use.

        ``told`` is what the events all say of their logsource: the program holds only the rules for it.
        Without it the program holds all that may be for one of the events, and tests what each says.
        """
        key = (logsource, told)
        if key not in self._programs:
            if len(self._programs) >= MAX_PROGRAMS:
                self._programs.pop(next(iter(self._programs)))
            with paused_collector():
                self._programs[key] = self._read(logsource, told) or self._compile(logsource, told)
        return self._programs[key]

    def asks(self, name: str) -> bool:
        """Whether matching looks at the field of the column ``name``; keywords look at all, whatever this says."""
        if not self._asked:
            self._asked.update(map(fold_text, self.fields))
        return fold_text(name) in self._asked

    def _read(self, logsource: LogSource, told: Told | None) -> Program | None:
        """The program that an earlier process has kept; None if there is none."""
        data = self._keeper.read(_name(logsource, told)) if self._keeper else None
        try:
            return None if data is None else unpack_program(data)
        except BROKEN:
            return None

    def _compile(self, logsource: LogSource, told: Told | None) -> Program:
        refused = {refusal.rule for refusal in self.refused}
        # One guard for all rules of a logsource, so that the graph has to look at it once.
        guards = {each: _guard(each, logsource, told) for each in {rule.logsource for rule in self.rules}}
        conditions = {
            place: And((guard, rule.condition))
            for place, rule in enumerate(self.rules)
            if place not in refused and (guard := guards[rule.logsource]) is not None
        }
        program = compile_program(conditions)
        if self._keeper and len(conditions) >= MIN_KEPT_RULES:
            self._keeper.write(_name(logsource, told), pack_program(program))
        return program

    def named(self, logsource: LogSource) -> Mapping[str, frozenset[str]]:
        """Per field in which an event of ``logsource`` may say what it is: the values that rules ask for, folded."""
        if logsource not in self._named:
            named: dict[str, set[str]] = {}
            for each in {rule.logsource for rule in self.rules}:
                for column, wanted in find_route(each, logsource).columns:
                    named.setdefault(column, set()).add(fold_text(wanted))
            self._named[logsource] = {column: frozenset(values) for column, values in sorted(named.items())}
        return self._named[logsource]


def plan_rules(chosen: Iterable[Rule], content: str, shelf: Shelf | None) -> Plan:
    """The plan of the detection rules among ``chosen``; what is compiled of it is kept on ``shelf``.

    Args:
        chosen: rules of one rule set, all or some.
        content: that rule set's `content`.
    """
    rules = tuple(rule for rule in chosen if isinstance(rule, DetectionRule))
    if not shelf or not content:
        return compile_plan(rules)
    keeper = Keeper(shelf, content, [rule.meta.id for rule in rules])
    plan = _unpack(keeper.read(_FACTS), rules)
    if plan is None:
        plan = compile_plan(rules)
        refused = [[refusal.rule, refusal.reason] for refusal in plan.refused]
        tests = pack_tests([refusal.test for refusal in plan.refused])
        keeper.write(_FACTS, [len(rules), plan.fields, plan.reads_all, refused, tests])
    return replace(plan, _keeper=keeper)


def _unpack(data: Any, rules: tuple[DetectionRule, ...]) -> Plan | None:  # noqa: ANN401  what was read
    """The plan of ``rules`` by what was kept of it; None where that cannot be."""
    try:
        number, fields, reads_all, refused, tests = data
        told = zip(refused, unpack_tests(tests), strict=True)
        refusals = tuple(Refusal(rule, test, reason) for (rule, reason), test in told)
    except BROKEN:
        return None
    return Plan(rules, tuple(fields), reads_all, refusals) if number == len(rules) else None


def compile_plan(rules: Sequence[DetectionRule]) -> Plan:
    """Check ``rules`` and prepare to match them.

    A rule with a test that cannot be used is listed in `Plan.refused`; it does not stop the others.
    """
    refused = tuple(refusal for place, rule in enumerate(rules) for refusal in _refuse(place, rule))
    tests = [test for rule in rules for test in iterate_tests(rule.condition)]
    named = {test.field for test in tests if test.field is not None}
    named |= {test.value for test in tests if test.operator in REFERENCES}
    named |= {name for rule in rules for name in routing_fields(rule.logsource)}
    return Plan(tuple(rules), tuple(sorted(named)), any(test.field is None for test in tests), refused)


def _name(logsource: LogSource, told: Told | None) -> str:
    """What a program is kept as: the same in every process."""
    said = [(column, sorted(values) if values is not None else None) for column, values in told or ()]
    return f"{logsource!r} {None if told is None else said}"


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


def _guard(rule: LogSource, logsource: LogSource, told: Told | None) -> Expression | None:
    """The condition under which a rule for ``rule`` looks at an event of such a source; None if it never does.

    What the source does not state, the event may: in fields of the name.
    """
    route = find_route(rule, logsource)
    if not route.is_open:
        return None
    if told is None:
        return route.condition
    said = dict(told)
    is_open = all((values := said[column]) is None or fold_text(wanted) in values for column, wanted in route.columns)
    shown = (expression for column, expression in route.shown if said[column] is None)
    return And(tuple(shown)) if is_open else None
