"""Graph: the conditions of all rules as one graph in which nothing stands twice."""

from collections.abc import Iterable
from enum import Enum
from typing import NamedTuple

from tocsin.engine.atoms import canonical
from tocsin.rules.model import REFERENCES, And, Expression, Not, Or, Test


class Kind(Enum):
    """What a node does with its terms."""

    TEST = "test"
    AND = "and"
    OR = "or"
    NOT = "not"


class Node(NamedTuple):
    """A condition or a part of one.

    Attributes:
        terms: numbers of other nodes, smaller than this node's own.
        test: of a TEST, canonical.
        field: the one field that the whole node looks at, so that its truth depends on that field's value
            alone and is computed once a distinct value; None if it looks at several.
    """

    kind: Kind
    terms: tuple[int, ...] = ()
    test: Test | None = None
    field: str | None = None


class Graph:
    """Nodes by number, each once.

    Attributes:
        uses: per node, how many nodes and rules have it as a term.
    """

    def __init__(self) -> None:
        self.nodes: list[Node] = []
        self.uses: list[int] = []
        self._tests: dict[Test, int] = {}
        self._groups: dict[tuple[str, tuple[int, ...]], int] = {}
        self._seen: dict[int, tuple[Expression, int]] = {}

    def add(self, expression: Expression) -> int:
        """The number of the node that is ``expression``."""
        if isinstance(expression, Test):
            return self._add_test(expression)
        known = self._seen.get(id(expression))  # the same object: many rules share what asks for their logsource
        if known is None:
            known = self._seen[id(expression)] = (expression, self._add_group(expression))
        return known[1]

    def _add_group(self, expression: And | Or | Not) -> int:
        match expression:
            case And(terms):
                return self._join(Kind.AND, [self.add(term) for term in terms])
            case Or(terms):
                return self._join(Kind.OR, [self.add(term) for term in terms])
            case Not(term):
                return self._negate(self.add(term))

    def _add_test(self, written: Test) -> int:
        number = self._tests.get(written)
        if number is None:
            test = canonical(written)
            number = self._tests.get(test)
            if number is None:
                field = None if test.operator in REFERENCES else test.field
                number = self._tests[test] = self._append(Node(Kind.TEST, test=test, field=field))
            self._tests[written] = number
        return number

    def _negate(self, term: int) -> int:
        node = self.nodes[term]
        return node.terms[0] if node.kind is Kind.NOT else self._number(Kind.NOT, (term,), node.field)

    def _join(self, kind: Kind, terms: list[int]) -> int:
        """Join ``terms``: inner nodes of the same kind dissolved, terms over one field put together."""
        by_field: dict[str | None, list[int]] = {}
        for term in dict.fromkeys(self._flatten(kind, terms)):
            by_field.setdefault(self.nodes[term].field, []).append(term)
        mixed = by_field.pop(None, [])
        single = [self._group(kind, group, field) for field, group in by_field.items()]
        return self._group(kind, [*single, *mixed], None)

    def _flatten(self, kind: Kind, terms: Iterable[int]) -> Iterable[int]:
        for term in terms:
            node = self.nodes[term]
            if node.kind is kind and node.terms:
                yield from self._flatten(kind, node.terms)
            else:
                yield term

    def _group(self, kind: Kind, terms: list[int], field: str | None) -> int:
        if len(terms) == 1:
            return terms[0]
        return self._number(kind, tuple(sorted(terms)), field)

    def _number(self, kind: Kind, terms: tuple[int, ...], field: str | None) -> int:
        """The number of the node with these terms, from which its ``field`` follows."""
        key = (kind.value, terms)
        number = self._groups.get(key)
        if number is None:
            number = self._groups[key] = self._append(Node(kind, terms, field=field))
        return number

    def _append(self, node: Node) -> int:
        self.nodes.append(node)
        self.uses.append(0)
        for term in node.terms:
            self.uses[term] += 1
        return len(self.nodes) - 1
