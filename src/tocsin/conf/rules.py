"""The rules that the settings name."""

import os
from collections.abc import Sequence
from pathlib import Path

from tocsin.conf.options import options
from tocsin.rules.folders import RuleFolders


def rule_folders(paths: Sequence[Path] = ()) -> RuleFolders:
    """Those of ``paths``, else of `TOCSIN_RULES`; placeholders and pipelines are those of the settings.

    What is computed from them is kept in the data folder if there is one of ours, else in the user's cache folder.
    """
    chosen = options()
    return RuleFolders(
        tuple(paths) or chosen.rule_paths,
        chosen.placeholder_paths,
        chosen.pipeline_paths,
        None if paths else chosen.local_dir / "rules",
        _cache_folder(chosen.local_dir),
    )


def _cache_folder(data: Path) -> Path | None:
    if data.is_dir() and os.access(data, os.W_OK):
        return data / "cache"
    try:
        return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache", "tocsin")
    except RuntimeError:  # a user without a home, as in some containers
        return None
