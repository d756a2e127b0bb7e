"""Graph: the conditions of all rules as one graph in which nothing stands twice."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

from tocsin.engine.atoms import canonical
from tocsin.rules.model import REFERENCES, And, Expression, Not, Or, Test


class Kind(Enum):
    """What a node does with its terms."""

    TEST = "test"
    AND = "and"
    OR = "or"
    NOT = "not"


@dataclass(frozen=True, slots=True)
class Node:
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
        self._numbers: dict[Node, int] = {}

    def add(self, expression: Expression) -> int:
        """The number of the node that is ``expression``."""
        match expression:
            case Test():
                return self._add_test(canonical(expression))
            case And(terms):
                return self._join(Kind.AND, [self.add(term) for term in terms])
            case Or(terms):
                return self._join(Kind.OR, [self.add(term) for term in terms])
            case Not(term):
                return self._negate(self.add(term))

    def _add_test(self, test: Test) -> int:
        field = None if test.operator in REFERENCES else test.field
        return self._number(Node(Kind.TEST, test=test, field=field))

    def _negate(self, term: int) -> int:
        node = self.nodes[term]
        return node.terms[0] if node.kind is Kind.NOT else self._number(Node(Kind.NOT, (term,), field=node.field))

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
        return self._number(Node(kind, tuple(sorted(terms)), field=field))

    def _number(self, node: Node) -> int:
        if node not in self._numbers:
            self._numbers[node] = len(self.nodes)
            self.nodes.append(node)
            self.uses.append(0)
            for term in node.terms:
                self.uses[term] += 1
        return self._numbers[node]
