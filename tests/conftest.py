"""Fixtures that every test may use."""

import os
import tempfile

# Settings are read once a process: a test run gets a data folder of its own, and nothing of the developer's.
for name in [name for name in os.environ if name.startswith("TOCSIN_")] + ["DATABASE_URL"]:
    os.environ.pop(name, None)
os.environ["TOCSIN_DATA"] = tempfile.mkdtemp(prefix="tocsin-test-")
os.environ["XDG_CACHE_HOME"] = tempfile.mkdtemp(prefix="tocsin-test-")
