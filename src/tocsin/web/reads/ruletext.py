"""A text of rules: what is wrong with it, and whether it does what its own tests say."""

from dataclasses import dataclass
from typing import Final

from django.conf import settings

from tocsin.engine.check import find_issues
from tocsin.engine.trial import Failure, name_case, try_case
from tocsin.kernel.clock import now
from tocsin.kernel.errors import ConfigError
from tocsin.kernel.issues import Issue, Severity
from tocsin.rules.cases import read_cases
from tocsin.rules.check import NAME, check_text
from tocsin.rules.documents import MAX_FILE_BYTES, Document
from tocsin.rules.model import DetectionRule, Rule, RuleSet
from tocsin.rules.outline import finder, read_text
from tocsin.rules.site import NO_SITE, Site, read_site
from tocsin.web.kept import Kept
from tocsin.web.reads.catalogue import carriers

MAX_TESTS: Final = 30
"""Tests that are run while somebody types; `tocsin rules test` runs all."""
_SITE_S: Final = 60


@dataclass(frozen=True, slots=True)
class Checked:
    """A text that was read.

    Attributes:
        rules: those that can be used.
        issues: of the text, of the engine, and what looks strange beside the sources; by line.
    """

    text: str
    rules: RuleSet
    issues: tuple[Issue, ...]
    documents: tuple[Document, ...]

    @property
    def errors(self) -> int:
        """How many issues are errors."""
        return sum(issue.severity is Severity.ERROR for issue in self.issues)

    @property
    def marks(self) -> dict[int, str]:
        """Line → the worst severity of its issues."""
        found: dict[int, str] = {}
        for issue in self.issues:
            if found.get(issue.location.line) != Severity.ERROR:
                found[issue.location.line] = issue.severity
        return found

    @property
    def ringing(self) -> tuple[Rule, ...]:
        """The rules that ring."""
        return tuple(rule for rule in self.rules.rules if not isinstance(rule, DetectionRule) or rule.alerts)


@dataclass(frozen=True, slots=True)
class Tested:
    """One test, and why it does not hold; None where it does."""

    rule: str
    name: str
    line: int
    failure: Failure | None


def check(text: str) -> Checked:
    """Read ``text`` as `tocsin rules check` reads a file. Rules that it names must be in it."""
    ruleset = check_text(text, site())
    is_readable = len(text.encode("utf-8", "surrogatepass")) <= MAX_FILE_BYTES
    documents = tuple(read_text(text, NAME)) if is_readable else ()
    issues = dict.fromkeys(find_issues(ruleset, carriers(), finder(documents)))
    by_place = sorted(issues, key=lambda issue: (issue.location.line, issue.location.column))
    return Checked(text, ruleset, tuple(by_place), documents)


def run_tests(checked: Checked) -> tuple[Tested, ...]:
    """Run the tests of the text, at most `MAX_TESTS`; one that is written wrong has failed."""
    by_location = {rule.meta.location: rule for rule in checked.rules.rules}
    received_at = now()
    done: list[Tested] = []
    for document in checked.documents:
        cases, wrong = read_cases(document)
        done += [
            Tested("", "", issue.location.line, Failure(f"{issue.message}; {issue.mend}".rstrip("; ")))
            for issue in wrong
        ]
        for case in cases[: max(0, MAX_TESTS - len(done))]:
            rule = by_location.get(case.rule)
            if rule is not None:
                failure = try_case(case, rule, checked.rules.by_id, received_at)
                done.append(Tested(rule.meta.title, name_case(case), case.location.line, failure))
    return tuple(done)


def site() -> Site:
    """The placeholders and pipelines of the settings."""
    return _site.get()


def _read_site() -> Site:
    chosen = settings.TOCSIN_OPTIONS
    try:
        return read_site(chosen.placeholder_paths, chosen.pipeline_paths)[0]
    except ConfigError:
        return NO_SITE  # the detector says so, and does not start


_site: Final = Kept(_read_site, _SITE_S)
