"""Which regular expressions can be used."""

import pytest

from tocsin.rules.regexes import check_regex


@pytest.mark.parametrize("expression", ["a", r"^\w+\.(exe|dll)$", "(?i)a", "(?P<name>a)", "[[a]", "é", ""])
def test_an_expression_that_python_and_re2_take_can_be_used(expression: str) -> None:
    """What both read is used as it is, without a word on the console."""
    assert check_regex(expression) is None


@pytest.mark.parametrize(
    ("expression", "problem"),
    [
        ("a(", "missing ), unterminated subpattern at character 2"),
        ("(?<!a)b", "invalid perl operator: (?<!"),
        ("(?>a)", "invalid perl operator: (?>"),
        ("a{2000}", "invalid repetition size: {2000}"),
        ("a" * 8193, "it is longer than 8192 characters"),
        ("(" * 4000 + ")" * 4000, "it repeats or nests too much"),
    ],
)
def test_an_expression_that_one_of_them_refuses_cannot_be_used(expression: str, problem: str) -> None:
    """The reason is the refusing library's, and there is always a mend."""
    found = check_regex(expression)
    assert found is not None
    assert found[0] == problem
    assert found[1]
