"""The graph of conditions."""

from tests.unit.engine.cases import ask

from tocsin.engine.graph import Graph, Kind
from tocsin.rules.model import And, Not, Or

A, B, C = ask("a", "equals", "1"), ask("b", "equals", "2"), ask("a", "equals", "3")


def test_equal_parts_stand_once() -> None:
    """The same condition has one number, whatever the order of its terms and the case of its values."""
    graph = Graph()
    assert graph.add(And((A, B))) == graph.add(And((B, A, A)))
    assert graph.add(ask("a", "contains", "X")) == graph.add(ask("a", "contains", "x"))


def test_terms_of_one_field_are_put_together() -> None:
    """A conjunction over two fields has one term a field, and the joined term knows its field."""
    graph = Graph()
    root = graph.nodes[graph.add(And((A, B, Not(C))))]
    assert root.field is None
    assert sorted(graph.nodes[term].field or "" for term in root.terms) == ["a", "b"]


def test_nested_conditions_of_one_kind_are_dissolved() -> None:
    """Or in Or is one Or; a double negation is none; one term is itself."""
    graph = Graph()
    assert graph.add(Or((A, Or((B, Or((C,))))))) == graph.add(Or((C, B, A)))
    assert graph.add(Not(Not(A))) == graph.add(A) == graph.add(And((A,)))


def test_empty_conditions_are_kept() -> None:
    """An empty conjunction and an empty disjunction are different nodes, and do not vanish in others."""
    graph = Graph()
    everything, nothing = graph.add(And(())), graph.add(Or(()))
    assert everything != nothing
    assert nothing in graph.nodes[graph.add(And((A, B, Or(()))))].terms


def test_keywords_and_references_look_at_several_fields() -> None:
    """They are never computed by the values of one field."""
    graph = Graph()
    for test in (ask(None, "contains", "x"), ask("a", "fieldref", "b")):
        node = graph.nodes[graph.add(Not(test))]
        assert (node.kind, node.field) == (Kind.NOT, None)


def test_uses_are_counted() -> None:
    """What several nodes share is known to be shared."""
    graph = Graph()
    graph.add(And((A, B)))
    graph.add(Or((A, B)))
    assert graph.uses[graph.add(A)] == 2
