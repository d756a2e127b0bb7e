"""Tracked files know nothing of the machine they were written on."""

import re
from pathlib import Path

from tests.architecture.tree import ROOT, tracked

MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(?:work|root|home)/[\w.-]+")
REGISTRY = re.compile(
    r"(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|crates\.io|proxy\.golang\.org|deb\.debian\.org|ghcr\.io|docker\.io)"
)
LOCKED = re.compile(r"[\w.\[\],-]+==[\w.+!-]+(?: ; [^:]+)? \\| {4}--hash=sha256:[0-9a-f]{64}(?: \\)?|#.*|")

LOG_CONTENT = ("tests/unit/", "rules/")
"""Where log lines of other machines are quoted: only a path of this checkout is wrong there."""


def texts() -> list[tuple[str, str]]:
    """(name, content) of every tracked text file, but for this one."""
    found = []
    for path in tracked():
        content = path.read_bytes()
        if b"\0" not in content[:8000] and path != Path(__file__):
            found.append((str(path.relative_to(ROOT)), content.decode(errors="replace")))
    return found


def test_no_file_names_a_path_of_one_machine() -> None:
    """Neither a home folder nor where the checkout happens to be."""
    wrong = {}
    for name, text in texts():
        found = [] if name.startswith(LOG_CONTENT) else MACHINE_PATH.findall(text)
        if str(ROOT) in text or f"{ROOT.parent}/shared" in text:
            found.append(str(ROOT))
        if found:
            wrong[name] = found
    assert wrong == {}


def test_no_file_names_a_package_registry() -> None:
    """Packages have names and hashes here; where they come from is the machine's matter."""
    assert {name: found for name, text in texts() if (found := REGISTRY.findall(text))} == {}


def test_the_lock_files_name_no_address() -> None:
    """Every line is a package with its version, a hash, or a comment."""
    for name in ("requirements.lock", "requirements-dev.lock"):
        lines = (ROOT / name).read_text().splitlines()
        assert [line for line in lines if not LOCKED.fullmatch(line)] == []
