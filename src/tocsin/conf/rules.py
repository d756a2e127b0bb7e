"""The rules that the settings name."""

from collections.abc import Sequence
from pathlib import Path

from tocsin.conf.options import options
from tocsin.rules.folders import RuleFolders


def rule_folders(paths: Sequence[Path] = ()) -> RuleFolders:
    """Those of ``paths``, else of `TOCSIN_RULES`; placeholders and pipelines are those of the settings.

    What was read is kept in the data folder if there is one, but not what a person named by hand.
    """
    chosen = options()
    keeps = not paths and chosen.local_dir.is_dir()
    return RuleFolders(
        tuple(paths) or chosen.rule_paths,
        chosen.placeholder_paths,
        chosen.pipeline_paths,
        None if paths else chosen.local_dir / "rules",
        chosen.local_dir / "cache" if keeps else None,
    )
