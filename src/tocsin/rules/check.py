"""Check a text by itself: what `tocsin rules check` says of a file, without a file."""

from typing import Final

from tocsin.rules.documents import MAX_FILE_BYTES
from tocsin.rules.files import RuleFile
from tocsin.rules.issues import large_file
from tocsin.rules.load import parse_file
from tocsin.rules.model import RuleSet
from tocsin.rules.resolve import resolve
from tocsin.rules.site import NO_SITE, Site

NAME: Final = "rule.yml"
"""What the text is called in its issues."""


def check_text(text: str, site: Site = NO_SITE) -> RuleSet:
    """The rules of ``text``, and every issue. Rules that it names must be in it."""
    content = text.encode("utf-8", "surrogatepass")
    if len(content) > MAX_FILE_BYTES:
        return RuleSet((), (large_file(NAME, MAX_FILE_BYTES),))
    parsed = parse_file(content, RuleFile(NAME, NAME), site)
    rules, found = resolve(list(parsed.drafts))
    issues = sorted((*parsed.issues, *found), key=lambda issue: (issue.location.line, issue.location.column))
    return RuleSet(tuple(rules), tuple(issues), parsed.digest)
