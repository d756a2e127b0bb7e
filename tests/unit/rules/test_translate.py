"""What a field with modifiers and values becomes."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sigma.types import SigmaString
from tests.unit.rules.conftest import ExpressionOf

from tocsin.kernel.errors import RuleError
from tocsin.rules.model import And, Expression, Not, Operator, Or
from tocsin.rules.model import Test as Atom
from tocsin.rules.translate import escape_like, translate_item

O = Operator  # noqa: E741  the table below is read by its columns


def a(operator: Operator, value: str = "", *, is_cased: bool = False) -> Atom:
    """A test of the field `a`."""
    return Atom("a", operator, value, is_cased)


def k(operator: Operator, value: str) -> Atom:
    """A test of a keyword."""
    return Atom(None, operator, value)


FACTS: list[tuple[str, list[object], Expression]] = [
    # Texts and wildcards
    ("a", ["b"], a(O.EQUALS, "b")),
    ("a", [""], a(O.EQUALS, "")),
    ("a", ["b*"], a(O.STARTSWITH, "b")),
    ("a", ["*b"], a(O.ENDSWITH, "b")),
    ("a", ["*b*"], a(O.CONTAINS, "b")),
    ("a", ["**b**"], a(O.CONTAINS, "b")),
    ("a", ["*"], a(O.EXISTS)),
    ("a", ["**"], a(O.EXISTS)),
    ("a", ["?"], a(O.LIKE, "?")),
    ("a", ["b*c"], a(O.LIKE, "b*c")),
    ("a", ["b?"], a(O.LIKE, "b?")),
    ("a", [r"b\*"], a(O.EQUALS, "b*")),
    ("a", [r"b\?*"], a(O.STARTSWITH, "b?")),
    ("a", [r"C:\x\*.exe"], a(O.EQUALS, r"C:\x*.exe")),
    ("a", [r"C:\x\\*.exe"], a(O.LIKE, r"C:\\x\\*.exe")),
    ("a", [r"*\cmd.exe"], a(O.ENDSWITH, r"\cmd.exe")),
    ("a", [r"b\\*"], a(O.STARTSWITH, "b\\")),
    ("a|contains", ["b"], a(O.CONTAINS, "b")),
    ("a|startswith", ["b"], a(O.STARTSWITH, "b")),
    ("a|endswith", ["b"], a(O.ENDSWITH, "b")),
    ("a|contains", ["b*c"], a(O.LIKE, "*b*c*")),
    ("a|contains", [r"b\*c"], a(O.CONTAINS, "b*c")),
    ("a|cased", ["B"], a(O.EQUALS, "B", is_cased=True)),
    ("a|contains|cased", ["B"], a(O.CONTAINS, "B", is_cased=True)),
    # Numbers, booleans, null
    ("a", [5], a(O.EQUALS, "5")),
    ("a", [-5], a(O.EQUALS, "-5")),
    ("a", [1.5], a(O.EQUALS, "1.5")),
    ("a", [True], a(O.EQUALS, "true")),
    ("a", [False], a(O.EQUALS, "false")),
    ("a", [None], a(O.IS_NULL)),
    ("a|exists", [True], a(O.EXISTS)),
    ("a|exists", [False], Not(a(O.EXISTS))),
    ("a|gt", [5], a(O.GT, "5")),
    ("a|gte", [5.5], a(O.GTE, "5.5")),
    ("a|lt", [-1], a(O.LT, "-1")),
    ("a|lte", [0], a(O.LTE, "0")),
    # Lists
    ("a", ["b", "c"], Or((a(O.EQUALS, "b"), a(O.EQUALS, "c")))),
    ("a", ["b", "b"], a(O.EQUALS, "b")),
    ("a", ["b", None], Or((a(O.EQUALS, "b"), a(O.IS_NULL)))),
    ("a|contains|all", ["b", "c"], And((a(O.CONTAINS, "b"), a(O.CONTAINS, "c")))),
    ("a|all", ["b*"], a(O.STARTSWITH, "b")),
    ("a|neq", ["b", "c"], Not(Or((a(O.EQUALS, "b"), a(O.EQUALS, "c"))))),
    ("a|exists|neq", [False], a(O.EXISTS)),
    # Regular expressions
    ("a|re", [r"^\w+\.(exe|dll)$"], a(O.REGEX, r"^\w+\.(exe|dll)$")),
    ("a|re", [r"a\*b\\?"], a(O.REGEX, r"a\*b\\?")),
    ("a|re|i", ["b"], a(O.REGEX, "(?i)b")),
    ("a|re|s|m|i", ["b"], a(O.REGEX, "(?ims)b")),
    ("a|re|i", ["(?s)b"], a(O.REGEX, "(?is)b")),
    ("a|re", ["(?i)b"], a(O.REGEX, "(?i)b")),
    ("a|re|startswith", ["b|c"], a(O.REGEX, "^(?:(?:b|c).*)")),
    ("a|re|endswith", ["b"], a(O.REGEX, "(?:.*b)$")),
    ("a|re|contains", ["b"], a(O.REGEX, ".*b.*")),
    ("a|re", ["[[a]"], a(O.REGEX, "[[a]")),
    # Networks and references
    ("a|cidr", ["10.0.0.0/8", "fd00::/8"], Or((a(O.CIDR, "10.0.0.0/8"), a(O.CIDR, "fd00::/8")))),
    ("a|cidr", ["10.1.2.3"], a(O.CIDR, "10.1.2.3/32")),
    ("a|fieldref", ["b.c"], a(O.FIELDREF, "b.c")),
    ("a|fieldref|neq", ["b"], Not(a(O.FIELDREF, "b"))),
    # Encodings
    ("a|base64", ["foo"], a(O.EQUALS, "Zm9v")),
    ("a|wide|base64", ["foo"], a(O.EQUALS, "ZgBvAG8A")),
    ("a|utf16|base64", ["foo"], a(O.EQUALS, "//5mAG8AbwA=")),
    ("a|base64offset|contains", ["foo"], Or((a(O.CONTAINS, "Zm9v"), a(O.CONTAINS, "Zvb"), a(O.CONTAINS, "mb2")))),
    ("a|windash", ["x -y"], Or(tuple(a(O.EQUALS, f"x {dash}y") for dash in "-/–—―"))),
    # Parts of moments, and of other fields
    ("a|hour", [0, 23], Or((a(O.HOUR, "0"), a(O.HOUR, "23")))),
    ("a|week|neq", [53], Not(a(O.WEEK, "53"))),
    ("a|hour|gte", [22], Or((a(O.HOUR, "22"), a(O.HOUR, "23")))),
    ("a|minute|lt", [1], a(O.MINUTE, "0")),
    ("a|fieldref|startswith", ["b"], a(O.FIELDREF_STARTSWITH, "b")),
    ("a|fieldref|endswith", ["b"], a(O.FIELDREF_ENDSWITH, "b")),
    ("a|fieldref|contains", ["b"], a(O.FIELDREF_CONTAINS, "b")),
    ("a|cased|fieldref", ["b"], a(O.FIELDREF, "b", is_cased=True)),
    ("a|utf16le|base64", ["foo"], a(O.EQUALS, "ZgBvAG8A")),
    # Keywords
    ("", ["*"], k(O.CONTAINS, "")),
    ("|startswith", ["b"], k(O.STARTSWITH, "b")),
    ("|endswith", ["b"], k(O.ENDSWITH, "b")),
    ("|cidr", ["10.0.0.0/8"], k(O.CIDR, "10.0.0.0/8")),
    ("|gt", [5], k(O.GT, "5")),
    ("|hour", [5], k(O.HOUR, "5")),
    ("", ["b"], k(O.CONTAINS, "b")),
    ("", ["b*"], k(O.CONTAINS, "b")),
    ("", ["b*c"], k(O.LIKE, "*b*c*")),
    ("", ["b?"], k(O.LIKE, "*b?*")),
    ("", [5], k(O.CONTAINS, "5")),
    ("", ["b", "c"], Or((k(O.CONTAINS, "b"), k(O.CONTAINS, "c")))),
    ("|all", ["b", "c"], And((k(O.CONTAINS, "b"), k(O.CONTAINS, "c")))),
    ("|re", ["b+"], k(O.REGEX, "b+")),
    ("|cased", ["B"], Atom(None, O.CONTAINS, "B", True)),
]


@pytest.mark.parametrize(("key", "values", "expected"), FACTS, ids=[f"{key} {values}" for key, values, _ in FACTS])
def test_an_item_becomes_the_narrowest_expression_that_means_it(
    key: str, values: list[object], expected: Expression
) -> None:
    """Modifiers and wildcards end in one operator; all that is special in its value is escaped."""
    assert translate_item(key, values) == expected


def test_all_binds_the_values_and_not_their_expansions(expression_of: ExpressionOf) -> None:
    """With `windash|all` every value must be there, each with any of the dashes."""
    expression = expression_of("    s:\n        a|windash|contains|all: ['-x', '-y']\n    condition: s\n")
    dashes = "-/–—―"
    assert expression == And(
        (
            Or(tuple(a(O.CONTAINS, f"{dash}x") for dash in dashes)),
            Or(tuple(a(O.CONTAINS, f"{dash}y") for dash in dashes)),
        )
    )


def _holds(test: Expression, text: str) -> bool:
    """What the operators for texts mean, without case; written apart from the engine."""
    assert isinstance(test, Atom)
    value, text = test.value.lower(), text.lower()
    match test.operator:
        case O.EXISTS:
            return True
        case O.EQUALS:
            return text == value
        case O.CONTAINS:
            return value in text
        case O.STARTSWITH:
            return text.startswith(value)
        case O.ENDSWITH:
            return text.endswith(value)
    assert test.operator is O.LIKE
    signs = {"*": ".*", "?": "."}
    pieces = re.findall(r"\\.|[^\\]", value)
    pattern = "".join(signs[each] if each in signs else re.escape(each[-1]) for each in pieces)
    return re.fullmatch(pattern, text, re.DOTALL) is not None


@given(st.text("aB*?\\", max_size=8), st.text("aB*?\\", max_size=8))
def test_a_wildcard_text_matches_what_pysigma_says_it_matches(written: str, text: str) -> None:
    """For every text with wildcards and backslashes our test agrees with pySigma's own regular expression for it."""
    expected = re.fullmatch(str(SigmaString(written).to_regex().regexp.to_plain(regex=True)), text, re.I | re.S)
    assert _holds(translate_item("a", [written]), text) == (expected is not None)


@given(st.text("a*?\\", max_size=8))
def test_an_escaped_pattern_matches_only_itself(text: str) -> None:
    """Escaping leaves nothing special in a text."""
    assert _holds(Atom("a", O.LIKE, escape_like(text)), text)
    assert not _holds(Atom("a", O.LIKE, escape_like(text)), text + "a")


@pytest.mark.parametrize(("key", "value"), [("a|hour|gt", 23), ("a|day|lt", 1), ("a|year|lte", 1960)])
def test_a_comparison_that_no_part_of_a_moment_passes_is_refused(key: str, value: int) -> None:
    """It would never match, and nobody would know."""
    with pytest.raises(RuleError, match="it is from"):
        translate_item(key, [value])
