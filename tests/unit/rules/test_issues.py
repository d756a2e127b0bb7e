"""Every issue of a single document, with its exact place and words."""

# ruff: noqa: E501  a case is one line, so that the cases can be read as a table

import pytest
from tests.unit.rules.conftest import HEAD, IssuesOf

from tocsin.rules import issues

DETECTION = "detection:\n    selection:\n        a: 1\n    condition: selection\n"
RULE = HEAD + DETECTION


def detect(section: str) -> str:
    """A rule with this detection section; its first line is line 5."""
    return HEAD + "detection:\n" + section


def item(line: str) -> str:
    """A rule whose one selection has this one field, in line 6 from column 9."""
    return detect(f"    selection:\n        {line}\n    condition: selection\n")


def condition(text: str) -> str:
    """A rule with the selections `one` and `two` and this condition, in line 7 from column 16."""
    return detect(f"    one: {{a: 1}}\n    two: {{b: 1}}\n    condition: {text}\n")


CASES = {
    # YAML
    "indentation": ("title: a\n  b: c\n", ["r.yml:2:4: this is not YAML: mapping values are not allowed in this context; look at indentation, quotes and colons here"]),
    "tab": ("title: a\nlogsource:\n\tproduct: b\n", ["r.yml:3:1: this is not YAML: found character that cannot start any token; indent with spaces, not tabs"]),
    "control character": ("title: a\x07b\n", ["r.yml:1:9: this is not YAML: a control character stands here; look at indentation, quotes and colons here"]),
    "unknown alias": ("title: *x\n", ["r.yml:1:8: this is not YAML: found undefined alias; look at indentation, quotes and colons here"]),
    "misfit tag": ("title: !!int x\n", ["r.yml:1:8: this is not YAML: 'x' cannot be read as 'int'; look at indentation, quotes and colons here"]),
    "huge number": ("title: 0x" + "f" * 5000, ["r.yml:1:8: this is not YAML: '0x" + "f" * 78 + "…' cannot be read as 'int'; look at indentation, quotes and colons here"]),
    "empty": ("", ["r.yml: the file is empty; write a rule into it, or delete it"]),
    "only comments": ("# one\n---\n# two\n", ["r.yml: the file is empty; write a rule into it, or delete it"]),
    "list": ("- a\n- b\n", ["r.yml:1:1: the document is not a rule: no 'key: value' lines; begin with 'title:'"]),
    "text": ("hello\n", ["r.yml:1:1: the document is not a rule: no 'key: value' lines; begin with 'title:'"]),
    "duplicate key": (RULE + "level: low\nlevel: high\n", ["r.yml:9:1: key 'level' is given twice, first in line 8; keep one, or join their values in a list"]),
    "flow nesting": ("a: " + "[" * 100_000, ["r.yml:1:67: the document is nested deeper than 64 levels; flatten it"]),
    "block nesting": ("- " * 100_000, ["r.yml:1:129: the document is nested deeper than 64 levels; flatten it"]),
    "recursive alias": ("a: &x [*x]\n", ["r.yml:1:4: the document is nested deeper than 64 levels; flatten it"]),
    # Keys
    "no title": (RULE.replace("title: A rule\n", ""), ["r.yml:1:1: the rule has no 'title'; say in a few words what it finds"]),
    "title is a list": (RULE.replace("A rule", "[a]"), ["r.yml:1:8: 'title' is a list, not a text; write a text"]),
    "long title": (RULE.replace("A rule", "x" * 300), ["r.yml:1:8: 'title' is 300 characters long; use at most 256"]),
    "no logsource": ("title: A rule\n" + DETECTION, ["r.yml:1:1: the rule has no 'logsource'; say which logs it is about, such as 'logsource: {product: linux}'"]),
    "logsource is a text": ("title: A rule\nlogsource: linux\n" + DETECTION, ["r.yml:2:12: 'logsource' is a text, not a mapping; write a mapping"]),
    "product is a list": (RULE.replace("linux", "[linux]"), ["r.yml:3:14: 'product' is a list, not a text; write a text"]),
    "empty logsource": (RULE.replace("product: linux", "definition: any"), ["r.yml:2:1: logsource names nothing; name a product, category or service"]),
    "misspelt logsource key": (RULE.replace("    product: linux", "    product: linux\n    servise: sshd"), ["r.yml:4:5: 'servise' is not a key of 'logsource'; write 'service'"]),
    "no detection": (HEAD, ["r.yml:1:1: the rule has no 'detection'; say what to look for"]),
    "detection is a list": (HEAD + "detection: [a]\n", ["r.yml:4:12: 'detection' is a list, not a mapping; write a mapping"]),
    "unknown level": (RULE + "level: hihg\n", ["r.yml:8:8: level 'hihg' is not a level; use informational, low, medium, high or critical"]),
    "unknown status": (RULE + "status: done\n", ["r.yml:8:9: status 'done' is not a status; use unsupported, deprecated, experimental, test or stable"]),
    "id is no UUID": (RULE + "id: my-rule\n", ["r.yml:8:5: id 'my-rule' is not a UUID; write one, such as `uuidgen` prints"]),
    "long id": (RULE + f"id: {'x' * 201}\n", ["r.yml:8:5: 'id' is 201 characters long; use at most 200", f"r.yml:8:5: id '{'x' * 80}…' is not a UUID; write one, such as `uuidgen` prints"]),
    "name is a list": (RULE + "name: [a]\n", ["r.yml:8:7: 'name' is a list, not a text; write a text"]),
    "misspelt key": (RULE + "levle: high\n", ["r.yml:8:1: 'levle' is not a key of a rule; write 'level'"]),
    "description is a list": (RULE + "description: [a]\n", ["r.yml:8:14: 'description' is a list, not a text, and is left out; write a text"]),
    "a tag is a mapping": (RULE + "tags:\n    - a.b\n    - {c: d}\n", ["r.yml:10:7: 'tags' is a mapping, not a text, and is left out; write a text"]),
    "tags are a mapping": (RULE + "tags: {c: d}\n", ["r.yml:8:7: 'tags' is a mapping, not a list of texts, and is left out; write a list of texts"]),
    "filter without rules": (HEAD + "filter:\n    s: {a: 1}\n    condition: not s\n", ["r.yml:4:1: the rule has no 'rules'; list ids or names of rules, or write 'rules: any'"]),
    "filter is a text": (HEAD + "filter: a\n", ["r.yml:4:9: 'filter' is a text, not a mapping; write a mapping"]),
    "filter of a mapping": (HEAD + "filter:\n    rules: {a: 1}\n    s: {a: 1}\n    condition: not s\n", ["r.yml:5:12: 'rules' is a mapping, not a list of ids or names; write a list of ids or names"]),
    "filter without a selection": (HEAD + "filter:\n    rules: any\n    condition: not s\n", ["r.yml:5:5: filter has no selection; add one, such as 'selection:'", "r.yml:6:20: the condition names 's', and there is no such selection; there are none"]),
    "filter with two conditions": (HEAD + "filter:\n    rules: any\n    s: {a: 1}\n    condition: [not s, s]\n", ["r.yml:7:16: 'condition' is a list, not a text; write a text"]),
    "unknown action": ("action: include\ntitle: a\n", ["r.yml:1:9: action 'include' is not an action; use global, reset or repeat"]),
    "repeat at first": ("action: repeat\ntitle: a\n", ["r.yml:1:9: there is no rule before this one to repeat; write the rule in full"]),
    # Detection
    "no selection": (detect("    condition: a\n"), ["r.yml:5:5: detection has no selection; add one, such as 'selection:'", "r.yml:5:16: the condition names 'a', and there is no such selection; there are none"]),
    "empty selection": (detect("    a: {}\n    condition: a\n"), ["r.yml:5:5: 'a' has no values; list values, or write null for no value"]),
    "empty list": (item("a: []"), ["r.yml:6:9: 'a' has no values; list values, or write null for no value"]),
    "no condition": (detect("    a: {b: c}\n"), ["r.yml:4:1: the rule has no 'condition'; add one, such as 'condition: selection'"]),
    "condition is a mapping": (condition("{a: b}"), ["r.yml:7:16: 'condition' is a mapping, not a text; write a text"]),
    "unknown modifier": (item("path|contians: a"), ["r.yml:6:14: modifier 'contians' is not a modifier; write 'contains'"]),
    "unknown modifier in quotes": (item("'path|all|startwith': a"), ["r.yml:6:19: modifier 'startwith' is not a modifier; write 'startswith'"]),
    "far modifier": (item("path|xyzzy: a"), ["r.yml:6:14: modifier 'xyzzy' is not a modifier; use all, base64, base64offset, cased, cidr, contains, day, dotall, endswith, exists, expand, fieldref and 22 more"]),
    "repeated modifier": (item("path|contains|contains: a"), ["r.yml:6:23: modifier 'contains' is given twice; keep one"]),
    "field name is a number": (item("5: a"), ["r.yml:6:9: field name '5' is the number '5', not a text; put it in quotes"]),
    "value is a mapping": (item("a: {b: c}"), ["r.yml:6:12: 'a' is a mapping, not a text, number, true, false or null; write a text, number, true, false or null"]),
    "value is a list": (item("a: [b, [c]]"), ["r.yml:6:16: 'a' is a list, not a text, number, true, false or null; write a text, number, true, false or null"]),
    "regex of a number": (item("a|re: 5"), ["r.yml:6:15: 'a|re' is the number '5', not a text; write a text"]),
    "bad regex": (item("a|re: ['ok', 'a(b']"), ["r.yml:6:22: regular expression 'a(b' is not valid: missing ), unterminated subpattern at character 2; mend the expression, and put it in single quotes"]),
    "look-ahead": (item("a|re: 'a(?=b)'"), ["r.yml:6:15: regular expression 'a(?=b)' is not valid: invalid perl operator: (?=; RE2 has no look-around; write what stands around it as a selection of its own"]),
    "back-reference": (item(r"a|re: '(a)\1'"), [r"r.yml:6:15: regular expression '(a)\1' is not valid: invalid escape sequence: \1; write it as RE2 does, see https://github.com/google/re2/wiki/Syntax"]),
    "repetition": (item("a|re: 'a{9999999999}'"), ["r.yml:6:15: regular expression 'a{9999999999}' is not valid: it repeats or nests too much; mend the expression, and put it in single quotes"]),
    "long regex": (item(f"a|re: '{'x' * 9000}'"), [f"r.yml:6:15: regular expression '{'x' * 80}…' is not valid: it is longer than 8192 characters; split it into several"]),
    "bad network": (item("a|cidr: [10.0.0.0/8, 10.0.0.1/8]"), ["r.yml:6:30: '10.0.0.1/8' is not a network: 10.0.0.1/8 has host bits set; write an address and a prefix, such as 10.0.0.0/8"]),
    "contains of a number": (item("a|contains: 5"), ["r.yml:6:21: 'a|contains' cannot take '5': modifier 'contains' does not work on the number '5'; change the value or the modifiers"]),
    "comparison of a text": (item("a|gt: high"), ["r.yml:6:15: 'a|gt' cannot take 'high': modifier 'gt' does not work on a text; change the value or the modifiers"]),
    "base64 of a wildcard": (item("a|base64: 'b*'"), ["r.yml:6:19: 'a|base64' cannot take 'b*': base64 encoding of strings with wildcards is not allowed; change the value or the modifiers"]),
    "infinity": (item("a: .inf"), ["r.yml:6:12: 'a' cannot take 'inf': invalid number; change the value or the modifiers"]),
    "placeholder": (item("a|expand: '%admins%'"), ["r.yml:6:19: the placeholder '%admins%' has no values; list its values under 'placeholders:' in a file that TOCSIN_PLACEHOLDERS names"]),
    "regex placeholder": (item("a|re|expand: '%admins%'"), ["r.yml:6:22: the placeholder '%admins%' has no values; list its values under 'placeholders:' in a file that TOCSIN_PLACEHOLDERS names"]),
    "hour out of range": (item("a|hour: 24"), ["r.yml:6:17: 24 is never the hour of a moment; write a whole number from 0 to 23"]),
    "half an hour": (item("a|hour: 1.5"), ["r.yml:6:17: 1.5 is never the hour of a moment; write a whole number from 0 to 23"]),
    "hour in words": (item("a|hour: nine"), ["r.yml:6:17: 'a|hour' cannot take 'nine': modifier 'hour' does not work on a text; change the value or the modifiers"]),
    "empty keyword": (detect("    k: ''\n    condition: k\n"), ["r.yml:5:8: an empty keyword stands in every event; write what to look for, or '*' for any event"]),
    "null keyword": (detect("    k: [null]\n    condition: k\n"), ["r.yml:5:9: 'null' is tested on a field, and a keyword has none; name the field before the value"]),
    "keyword reference": (item("'|fieldref': b"), ["r.yml:6:22: 'fieldref' is tested on a field, and a keyword has none; name the field before the value"]),
    "hexadecimal": (item("a: 0x1F"), ["r.yml:6:12: '0x1F' is read as '31'; put it in quotes to mean it as it stands"]),
    "yes": (item("a: [no, 'yes', yes]"), ["r.yml:6:13: 'no' is read as 'false'; put it in quotes to mean it as it stands", "r.yml:6:24: 'yes' is read as 'true'; put it in quotes to mean it as it stands"]),
    "fraction": (item("a: 1.0"), ["r.yml:6:12: '1.0' is read as '1'; put it in quotes to mean it as it stands"]),
    "old timeframe": (detect("    a: {b: c}\n    timeframe: 5m\n    condition: all of them\n"), ["r.yml:6:5: 'timeframe' in a detection has no effect; delete it, or write a correlation"]),
    # Condition
    "unused selection": (condition("two"), ["r.yml:5:5: selection 'one' is not used by the condition; name it in the condition, or delete it"]),
    "unknown selection": (condition("one and not twoo"), ["r.yml:7:28: the condition names 'twoo', and there is no such selection; write 'two'; there are one and two"]),
    "unknown pattern": (condition("one or 1 of selection*"), ["r.yml:7:28: the condition names 'selection*', and there is no such selection; there are one and two"]),
    "unknown in quotes": (condition("'one or three'"), ["r.yml:7:24: the condition names 'three', and there is no such selection; there are one and two"]),
    "unfinished condition": (condition("one and"), ["r.yml:7:23: the condition cannot be read at its end; use names of selections with and, or, not, parentheses, '1 of x*' and 'all of x*'"]),
    "unreadable condition": (condition("one or 2 of them"), ["r.yml:7:25: the condition cannot be read at 'of them'; use names of selections with and, or, not, parentheses, '1 of x*' and 'all of x*'"]),
    "piped condition": (condition("one | count() > 5"), ["r.yml:7:20: a condition with '|' is the old aggregation, which Sigma replaced; write a correlation rule beside this one"]),
    "deep condition": (condition("not " * 41 + "one"), ["r.yml:7:16: the condition is nested deeper than 40 levels; split the rule"]),
    "very deep condition": (condition("not " * 1500 + "one"), ["r.yml:7:16: the condition is nested deeper than 40 levels; split the rule"]),
    "long condition": (condition("one or " * 1500 + "two"), ["r.yml:7:16: the condition is longer than 8192 characters; split the rule"]),
    # tocsin:
    "tocsin is a list": (RULE + "tocsin: [a]\n", ["r.yml:8:9: 'tocsin' is a list, not a mapping; write a mapping"]),
    "unknown tocsin key": (RULE + "tocsin:\n    group_by: a\n", ["r.yml:9:5: 'group_by' is not a key of 'tocsin'; write 'group-by'"]),
    "planned key": (RULE + "tocsin:\n    budget: 5/week\n", ["r.yml:9:5: 'tocsin: budget' is not supported yet; take the rule out until it is"]),
    "tests are a mapping": (RULE + "tocsin:\n    tests: {a: b}\n", ["r.yml:9:12: 'tests' is a mapping, not a list; write a list"]),
    "bad timespan": (RULE + "tocsin:\n    timespan: 5 minutes\n", ["r.yml:9:15: '5 minutes' is not a duration; write a whole number and s, m, h, d or w, such as 5m"]),
    "endless timespan": (RULE + "tocsin:\n    timespan: 99999w\n", ["r.yml:9:15: timespan '99999w' is out of bounds; use 1s to 366d"]),
    "no timespan": (RULE + "tocsin:\n    timespan: 0s\n", ["r.yml:9:15: timespan '0s' is out of bounds; use 1s to 366d"]),
}  # fmt: skip


@pytest.mark.parametrize(("text", "expected"), CASES.values(), ids=CASES)
def test_an_issue_says_what_where_and_how_to_mend_it(issues_of: IssuesOf, text: str, expected: list[str]) -> None:
    """Every mistake has its own message, at the place of the mistake."""
    assert issues_of(text) == expected


def test_a_rule_without_a_mistake_has_no_issue(issues_of: IssuesOf) -> None:
    """The rule that the cases vary is right as it stands."""
    assert issues_of(RULE) == []


def test_a_listing_names_what_is_allowed_and_counts_the_rest() -> None:
    """A mend stays short where very many names are allowed."""
    assert issues.listing(["a"], "or") == "a"
    assert issues.listing(["a", "b", "c"], "or") == "a, b or c"
    assert issues.listing([], "or") == "none"
    assert issues.listing([str(n) for n in range(14)], "or") == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11 and 2 more"


def test_the_nearest_name_is_found_without_case() -> None:
    """A name is suggested as it is spelled, and nothing is suggested for what is like nothing."""
    assert issues.nearest("EVENTid", ["EventID", "Image"]) == "EventID"
    assert issues.nearest("zzz", ["EventID", "Image"]) is None


def test_a_long_value_is_shown_cut_and_on_one_line() -> None:
    """A message stays one readable line."""
    assert issues.show("a\n  b") == "'a b'"
    assert issues.show("x" * 100) == f"'{'x' * 80}…'"
