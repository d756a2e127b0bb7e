"""Settings: the file, over it the environment; what is wrong is named."""

from pathlib import Path

import pytest

from tocsin.conf.options import Options, options, shipped_rules
from tocsin.kernel.errors import ConfigError


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder without settings, and nothing of this process's environment."""
    monkeypatch.chdir(tmp_path)
    for name in ("TOCSIN_DATA", "DATABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    options.cache_clear()
    yield tmp_path
    options.cache_clear()


def test_without_settings_everything_is_on_this_machine(folder: Path) -> None:
    """Loopback, ./data, SQLite, the shipped rules."""
    chosen = Options()
    assert (chosen.host, chosen.port, chosen.base_url) == ("127.0.0.1", 8000, "http://localhost:8000")
    assert (chosen.local_dir, chosen.events_uri) == (folder / "data", str(folder / "data" / "events"))
    assert (chosen.database_url, chosen.rule_paths) == ("", (shipped_rules(),))
    assert list(shipped_rules().rglob("*.yml"))


def test_the_environment_wins_over_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Setting by setting; DATABASE_URL under its usual name."""
    (folder / "tocsin.toml").write_text('listen = "0.0.0.0:9"\nowner = "ann@example.org"\ndatabase_url = "a"\n')
    monkeypatch.setenv("TOCSIN_LISTEN", "127.0.0.1:1")
    monkeypatch.setenv("DATABASE_URL", "postgres://x/y")
    chosen = Options()
    assert (chosen.listen, chosen.owner, chosen.database_url) == ("127.0.0.1:1", "ann@example.org", "postgres://x/y")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('lisen = "x"', ["lisen", "'x'"]),
        ("retention_days = 0", ["retention_days", "0", "greater than or equal to 1"]),
        ('log_level = "loud"', ["log_level", "'loud'", "debug"]),
        ("commit_interval_s = 'soon'", ["commit_interval_s", "'soon'"]),
        ("listen = ", ["tocsin.toml"]),
    ],
)
def test_a_wrong_setting_is_named(folder: Path, text: str, words: list[str]) -> None:
    """Its name, its value and what is allowed."""
    (folder / "tocsin.toml").write_text(text)
    with pytest.raises(ConfigError) as raised:
        options()
    assert [word for word in words if word not in str(raised.value)] == []


@pytest.mark.parametrize("listen", ["8000", ":8000", "127.0.0.1:", "127.0.0.1:0", "127.0.0.1:65536", "host:http"])
def test_an_address_without_a_port_is_named(listen: str) -> None:
    """With how to write it."""
    with pytest.raises(ConfigError, match=f"TOCSIN_LISTEN is '{listen}'; write host:port"):
        _ = Options(listen=listen).port


def test_an_ipv6_address_stands_in_brackets() -> None:
    """And the host is without them."""
    chosen = Options(listen="[::1]:8000")
    assert (chosen.host, chosen.port, chosen.base_url) == ("::1", 8000, "http://localhost:8000")


def test_a_bucket_keeps_events_and_the_folder_the_rest(folder: Path) -> None:
    """The local database and key cannot be in a bucket; file:// is a folder."""
    chosen = Options(data="s3://logs/tocsin/")
    assert (chosen.is_bucket, chosen.events_uri, chosen.local_dir) == (True, "s3://logs/tocsin/events", folder / "data")
    local = Options(data=f"file://{folder}/here")
    assert (local.is_bucket, local.events_uri) == (False, f"{folder}/here/events")


def test_rule_folders_stand_in_order(folder: Path) -> None:
    """`shipped` is a name for Tocsin's own."""
    assert Options(rules="shipped::mine").rule_paths == (shipped_rules(), Path("mine"))


def test_a_public_address_goes_into_links() -> None:
    """Without a slash at its end."""
    assert Options(public_url="https://tocsin.example.org/").base_url == "https://tocsin.example.org"
