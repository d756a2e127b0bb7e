"""`expand`: what `%name%` in a value becomes."""

import pytest

from tocsin.kernel.errors import RuleError
from tocsin.rules.model import And, Expression, Not, Operator, Or
from tocsin.rules.model import Test as Atom
from tocsin.rules.placeholders import Placeholders
from tocsin.rules.translate import translate_item

SITE = Placeholders(
    {
        "admins": ("root", "adm*"),
        "one": ("x",),
        "port": (1024,),
        "nets": ("10.0.0.0/8", "192.168.0.0/16"),
        "yes": (True,),
    }
)


def a(operator: Operator, value: str, *, is_cased: bool = False) -> Atom:
    """A test of the field `a`."""
    return Atom("a", operator, value, is_cased)


HAS_ANY = Or((a(Operator.CONTAINS, "root"), a(Operator.CONTAINS, "adm")))
ROOT, ADM = a(Operator.EQUALS, "root"), a(Operator.STARTSWITH, "adm")
FACTS: list[tuple[str, list[object], Expression]] = [
    ("a|expand", ["%admins%"], Or((ROOT, ADM))),
    ("a|expand", ["%admins%", "b"], Or((ROOT, ADM, a(Operator.EQUALS, "b")))),
    ("a|expand", [r"CORP\%one%-1"], a(Operator.EQUALS, r"CORP\x-1")),
    ("a|expand", ["%one%%admins%"], Or((a(Operator.EQUALS, "xroot"), a(Operator.STARTSWITH, "xadm")))),
    ("a|expand", ["100%"], a(Operator.EQUALS, "100%")),
    ("a|expand", [5], a(Operator.EQUALS, "5")),
    ("a|expand", ["%yes%"], a(Operator.EQUALS, "true")),
    ("a|expand", ["is %yes%"], a(Operator.EQUALS, "is true")),
    ("a", ["%admins%"], a(Operator.EQUALS, "%admins%")),
    ("a|contains|expand", ["%one%"], a(Operator.CONTAINS, "x")),
    ("a|expand|contains|all", ["%admins%", "b"], And((HAS_ANY, a(Operator.CONTAINS, "b")))),
    ("a|expand|neq", ["%admins%"], Not(Or((ROOT, ADM)))),
    ("a|expand|cased", ["%one%"], a(Operator.EQUALS, "x", is_cased=True)),
    ("a|gt|expand", ["%port%"], a(Operator.GT, "1024")),
    ("a|cidr|expand", ["%nets%"], Or((a(Operator.CIDR, "10.0.0.0/8"), a(Operator.CIDR, "192.168.0.0/16")))),
    ("a|re|expand", ["^%one%+$"], a(Operator.REGEX, "^x+$")),
    ("a|base64|expand", ["%one%"], a(Operator.EQUALS, "eA==")),
]  # fmt: skip


@pytest.mark.parametrize(("key", "values", "expected"), FACTS, ids=[f"{key} {values}" for key, values, _ in FACTS])
def test_a_placeholder_becomes_any_of_its_values(key: str, values: list[object], expected: Expression) -> None:
    """Before every other modifier; under `all`, too, one of them is enough."""
    assert translate_item(key, values, SITE) == expected


def test_a_placeholder_without_values_is_refused() -> None:
    """With its name and the mend."""
    with pytest.raises(RuleError) as caught:
        translate_item("a|expand", ["%staff%"], SITE)
    assert str(caught.value) == (
        "the placeholder '%staff%' has no values; "
        "list its values under 'placeholders:' in a file that TOCSIN_PLACEHOLDERS names"
    )


def test_values_are_counted_before_they_are_made() -> None:
    """Four placeholders of a thousand values each are a million millions, and no memory."""
    many = Placeholders({"n": tuple(map(str, range(1_000)))})
    assert many.count("%n%%n%%n%%n%") == 10**12
