"""Where rules are read from, with all that belongs to them, and what comes of it."""

from dataclasses import dataclass, replace
from pathlib import Path

from tocsin.kernel.shelf import Shelf
from tocsin.rules.load import load, stamp
from tocsin.rules.model import RuleSet
from tocsin.rules.site import read_site


@dataclass(frozen=True, slots=True)
class RuleFolders:
    """Files or folders.

    Attributes:
        rules: rules, correlations and filters.
        placeholders: the values that `expand` puts in. pipelines: pySigma's processing pipelines.
        written: a folder of rules that were written in the console; it need not be there.
        cache: a folder of ours alone, where what was read is kept; None: it is not.
    """

    rules: tuple[Path, ...]
    placeholders: tuple[Path, ...] = ()
    pipelines: tuple[Path, ...] = ()
    written: Path | None = None
    cache: Path | None = None

    def load(self) -> RuleSet:
        """The rules, with every issue of all of the files.

        Raises: ConfigError if a path does not exist.
        """
        site, found = read_site(self.placeholders, self.pipelines)
        ruleset = load(self._folders, site, self.shelf)
        return replace(ruleset, issues=(*found, *ruleset.issues))

    @property
    def shelf(self) -> Shelf | None:
        """What was computed from the rules is kept there."""
        return Shelf(self.cache) if self.cache else None

    def stamp(self) -> str:
        """Changes when one of the files is added, removed or written. Reads no file."""
        return stamp((*self._folders, *self.placeholders, *self.pipelines))

    @property
    def _folders(self) -> tuple[Path, ...]:
        """Those of the settings, and what was written in the console where anything was."""
        has_written = self.written is not None and any(self.written.glob("*.yml"))
        return (*self.rules, self.written) if self.written and has_written else self.rules
