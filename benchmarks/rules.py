"""Starting with the public rules: read, compiled and ready for events, the first time and from the cache.

Each start is a process of its own, so that imports count; the last row is the whole command, summary
included, over one event. Without a copy of SigmaHQ's rules beside the
checkout, as many made-up ones take their place.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Final

from benchmarks.data import rule_documents

DATA: Final = Path(os.environ.get("BENCH_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
SIGMAHQ: Final = DATA / "sigmahq"
RULES: Final = 3_000
STARTS: Final = 3
_START: Final = """
import json, sys, time
begin = time.perf_counter()
from pathlib import Path
from tocsin.engine.plan import plan_rules
from tocsin.kernel.logsource import LogSource
from tocsin.rules.folders import RuleFolders
imported = time.perf_counter()
folders = RuleFolders((Path(sys.argv[1]),), cache=Path(sys.argv[2]))
ruleset = folders.load()
loaded = time.perf_counter()
plan = plan_rules(ruleset.rules, ruleset.content, folders.shelf)
plan.program(LogSource("windows"))
ready = time.perf_counter()
stages = {"import": imported - begin, "load": loaded - imported, "compile": ready - loaded, "all": ready - begin}
print(json.dumps({"rules": len(ruleset.rules)} | stages))
"""


def measure() -> list[tuple[str, str, str]]:
    """Name, what is asked, what was measured: the first start, and the best of a few from the cache."""
    with tempfile.TemporaryDirectory() as folder:
        rules = SIGMAHQ if SIGMAHQ.is_dir() else _make_rules(Path(folder, "rules"))
        cache = Path(folder, "cache")
        first = _start(rules, cache)
        again = min((_start(rules, cache) for _ in range(STARTS)), key=lambda times: times["all"])
        scans = [_scan(rules, Path(folder)) for _ in range(1 + STARTS)]
    count = f"{first['rules']:,.0f} rules"
    return [
        (f"first start, {count}", "< 6 s", _describe(first)),
        (f"start from the cache, {count}", "< 1 s", _describe(again)),
        (f"tocsin scan of one event, again, {count}", "< 1 s", f"{min(scans[1:]):.2f} s"),
    ]


def _make_rules(folder: Path) -> Path:
    """A file a rule, as public ones come."""
    folder.mkdir()
    for number, text in enumerate(rule_documents(RULES).split("---\n")):
        (folder / f"{number}.yml").write_text(text)
    return folder


def _start(rules: Path, cache: Path) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", _START, str(rules), str(cache)], check=True, capture_output=True, text=True
    )
    times: dict[str, float] = json.loads(done.stdout)
    return times


def _scan(rules: Path, folder: Path) -> float:
    """Seconds of `tocsin scan`, from the shell's point of view."""
    (folder / "event.json").write_text('{"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"x"}\n')
    command = [sys.executable, "-m", "tocsin", "scan", "--rules", str(rules), str(folder / "event.json")]
    surroundings = os.environ | {"TOCSIN_DATA": str(folder / "none"), "XDG_CACHE_HOME": str(folder / "user")}
    begun = time.perf_counter()
    status = subprocess.run(command, check=False, capture_output=True, env=surroundings).returncode
    took_s = time.perf_counter() - begun
    if status not in {0, 1}:  # nothing found, or something
        raise subprocess.CalledProcessError(status, command)
    return took_s


def _describe(times: dict[str, float]) -> str:
    stages = ", ".join(f"{name} {times[name]:.2f}" for name in ("import", "load", "compile"))
    return f"{times['all']:.2f} s ({stages})"


if __name__ == "__main__":
    for name, wanted, measured in measure():
        print(f"{name:40} {wanted:22} {measured}")
