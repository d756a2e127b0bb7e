"""Programs on a shelf: the same after a restart, and never another's."""

from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.unit.engine.cases import ask

from tocsin.engine import keep, plan
from tocsin.engine.keep import Keeper, pack_program, unpack_program
from tocsin.engine.match import match
from tocsin.engine.plan import Plan, plan_rules
from tocsin.engine.program import Program, compile_program
from tocsin.formats import load_format
from tocsin.kernel.logsource import LogSource
from tocsin.kernel.shelf import Shelf
from tocsin.rules.load import load
from tocsin.rules.model import And, Expression, Not, Operator, Or

TESTS = st.sampled_from(
    [
        ask("a", "contains", "x"),
        ask("a", "equals", "Ä"),
        ask("a", "regex", "x.+yz"),
        ask("b", "exists"),
        ask("b", "gt", "5"),
        ask(None, "contains", "key"),
        ask("a", "fieldref", "c"),
        ask("c", "equals", "K")._replace(is_cased=True),
    ]
)
EXPRESSIONS: st.SearchStrategy[Expression] = st.recursive(
    TESTS,
    lambda inner: st.one_of(
        st.builds(Not, inner),
        st.builds(And, st.lists(inner, max_size=3).map(tuple)),
        st.builds(Or, st.lists(inner, max_size=3).map(tuple)),
    ),
    max_leaves=8,
)
RULES = "\n---\n".join(
    f"title: Rule {number}\nlogsource: {{product: windows}}\n"
    f"detection: {{s: {{Image|endswith: '/{number}.exe'}}, f: {{User: x}}, condition: s and not f}}"
    for number in range(40)
)
REFUSED = "\n---\ntitle: Refused\nlogsource: {product: linux}\ndetection: {s: {a: refuse me}, condition: s}\n"
EVENTS = b"\n".join(b'{"Image":"c:/%d.exe","User":"%c"}' % (number, b"xy"[number % 2]) for number in range(40))


@given(st.dictionaries(st.integers(0, 5), EXPRESSIONS))
def test_a_program_comes_back_as_it_was(conditions: dict[int, Expression]) -> None:
    """Nodes, roots, witnesses and scanners."""
    program = compile_program(conditions)
    back = unpack_program(orjson.loads(orjson.dumps(pack_program(program))))
    assert describe(back) == describe(program)


def describe(program: Program) -> object:
    """All that matching looks at."""
    return (
        [(node, type(node.terms)) for node in program.graph.nodes],
        program.graph.uses,
        program.roots,
        program.always,
        program.fields,
        {field: (watch.signals.tolist(), watch.rules.tolist()) for field, watch in program.watches.items()},
        {field: (scanner.signals, scanner.sought) for field, scanner in program.scanners.items()},
    )


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    """An empty one."""
    return Shelf(tmp_path / "kept")


def start(folder: Path, shelf: Shelf | None, monkeypatch: pytest.MonkeyPatch) -> tuple[Plan, set[tuple[int, int]], int]:
    """Load, compile and match as a new process does: the plan, the matches, and how many programs were compiled."""
    compiled: list[int] = []

    def count(conditions: dict[int, Expression]) -> Program:
        compiled.append(len(conditions))
        return compile_program(conditions)

    monkeypatch.setattr(plan, "compile_program", count)
    ruleset = load([folder])
    made = plan_rules(ruleset.rules, ruleset.content, shelf)
    table, _ = load_format("json").parse(EVENTS, received_at=datetime(2026, 1, 1, tzinfo=UTC))
    found = match(table, made, LogSource("windows"))
    return made, set(zip(found.rule.tolist(), found.row.tolist(), strict=True)), len(compiled)


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of forty rules, and one that the engine refuses."""
    monkeypatch.setattr(plan, "check_test", lambda test: "no" if test.value == "refuse me" else None)
    folder = tmp_path / "rules"
    folder.mkdir()
    (folder / "a.yml").write_text(RULES + REFUSED)
    return folder


def test_a_second_start_compiles_nothing_and_finds_the_same(
    rules: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused is refused again."""
    first, found, compiled = start(rules, shelf, monkeypatch)
    assert (len(found), compiled) == (20, 1)
    assert start(rules, None, monkeypatch)[1] == found
    second, again, compiled = start(rules, shelf, monkeypatch)
    assert (again, compiled) == (found, 0)
    assert (second.fields, second.reads_all, second.refused) == (first.fields, first.reads_all, first.refused)
    assert len(second.refused) == 1
    assert type(second.refused[0].test.operator) is Operator


def test_rules_that_changed_are_compiled_anew(rules: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch) -> None:
    """And those of before are still there for who goes back to them."""
    start(rules, shelf, monkeypatch)
    (rules / "a.yml").write_text(RULES.replace("User: x", "User: y"))
    _, found, compiled = start(rules, shelf, monkeypatch)
    assert compiled == 1
    assert all(row % 2 == 0 for _, row in found)
    (rules / "a.yml").write_text(RULES + REFUSED)
    assert start(rules, shelf, monkeypatch)[2] == 0


def test_another_version_of_the_program_compiles_anew(
    rules: Path, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What a program is may have changed."""
    start(rules, shelf, monkeypatch)
    monkeypatch.setattr(keep, "_program", lambda: "another")
    assert start(rules, shelf, monkeypatch)[2] == 1


@pytest.mark.parametrize(
    "body", [b"", b"{", b"[]", b"{}", b"null", b'[1,["a"],false,[]]', b'{"tests":[[],[],[],[],[]]}']
)
def test_what_another_has_written_is_passed_over(
    rules: Path, shelf: Shelf, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: bytes
) -> None:
    """JSON of another shape, or none; it is compiled and kept anew."""
    _, found, _ = start(rules, shelf, monkeypatch)
    for path in list((tmp_path / "kept").iterdir()):
        shelf.write(path.name, body)
    made, again, compiled = start(rules, shelf, monkeypatch)
    assert (again, compiled, len(made.refused)) == (found, 1, 1)
    assert start(rules, shelf, monkeypatch)[2] == 0


def test_few_rules_are_not_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """They are compiled as fast as they are read; what is known of the rules as a whole is."""
    rules = tmp_path / "few.yml"
    rules.write_text(RULES.split("\n---\n")[0])
    start(rules, Shelf(tmp_path / "kept"), monkeypatch)
    assert len(list((tmp_path / "kept").iterdir())) == 1
    assert start(rules, Shelf(tmp_path / "kept"), monkeypatch)[2] == 1


def test_each_thing_has_its_own_name(tmp_path: Path) -> None:
    """By the rules and by what it is."""
    one, other, fewer = (
        Keeper(Shelf(tmp_path), content, ids) for content, ids in (("1", "xy"), ("2", "xy"), ("1", "x"))
    )
    one.write("a", [1])
    assert (one.read("a"), one.read("b"), other.read("a"), fewer.read("a")) == ([1], None, None, None)


def test_rules_that_are_switched_off_are_in_no_kept_program(rules: Path, shelf: Shelf) -> None:
    """The files are the same, the chosen rules are not."""
    ruleset = load([rules])
    for chosen in (ruleset.rules, ruleset.rules[1:], ruleset.rules):
        made = plan_rules(chosen, ruleset.content, shelf)
        assert set(made.program(LogSource("windows")).roots) == set(range(len(chosen) - 1))
