"""Every setting, in one place: `tocsin.toml` in the working folder, over it the environment."""

from functools import cache
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import AliasChoices, BaseModel, ConfigDict, Field, ValidationError, ValidationInfo, field_validator
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)

from tocsin.kernel.errors import ConfigError

CONFIG_FILE = Path("tocsin.toml")
SHIPPED = "shipped"
NEW_YEAR = {"12-31": "New Year's Eve", "01-01": "New Year's Day"}


class Provider(BaseModel):
    """One way to sign in with an account from elsewhere: a table `[[providers]]` of `tocsin.toml`."""

    model_config = ConfigDict(extra="forbid")

    kind: Literal["openid_connect", "google", "github"]
    name: str = Field("", description="what the button says; empty: the kind's own name")
    issuer: str = Field(
        "", description="for openid_connect: the address whose /.well-known/openid-configuration is read"
    )
    client_id: str
    client_secret: str
    trusts_email: bool = Field(
        False, description="whether its email addresses are checked by your own company, as Okta's and Entra's are"
    )


class Options(BaseSettings):
    """Tocsin's settings. Each is `TOCSIN_<NAME>` in the environment, `<name>` in `tocsin.toml`."""

    model_config = SettingsConfigDict(
        env_prefix="TOCSIN_", toml_file=CONFIG_FILE, extra="forbid", populate_by_name=True
    )

    data: str = Field("data", description="folder or bucket URL where events are kept")
    listen: str = Field("127.0.0.1:8000", description="host:port of the console and the HTTP input")
    database_url: str = Field(
        "",
        validation_alias=AliasChoices("DATABASE_URL", "database_url"),
        description="PostgreSQL URL; empty: SQLite in the data folder",
    )
    rules: str = Field(SHIPPED, description="folders of rules, separated by ':'; 'shipped' stands for Tocsin's own")
    placeholders: str = Field("", description="files or folders of the values of `expand`, separated by ':'")
    pipelines: str = Field("", description="files or folders of Sigma processing pipelines, separated by ':'")
    public_url: str = Field("", description="address of the console in messages; empty: from listen")
    owner: str = Field("owner@localhost", description="email address of the first owner")
    smtp_url: str = Field(
        "",
        description="smtp://user:password@host:port?tls=starttls&from=ADDRESS (smtps:// for TLS from the start)",
    )
    commit_interval_s: float = Field(1.0, gt=0, le=60, description="a commit waits at most this long")
    commit_size_bytes: int = Field(8 * 1024 * 1024, gt=0, description="a commit waits for at most this much")
    lateness_s: int = Field(300, ge=0, description="how late an event may come, unless its source says otherwise")
    retention_days: int = Field(90, ge=1, description="events are kept this long after their receipt")
    api_token: str = Field("", description="the API token that `tocsin mcp` reads with")
    passwords: bool = Field(False, description="whether people may also sign in with a password")
    providers: list[Provider] = Field([], description="accounts from elsewhere that people may sign in with")
    trusted_proxies: int = Field(0, ge=0, description="how many proxies before Tocsin add to X-Forwarded-For")
    timezone: str = Field("UTC", description="where days begin, such as Europe/Berlin")
    country: str = Field("", description="whose holidays are special days, such as DE, DE-BY or US; empty: none")
    special_days: dict[str, str] = Field(
        NEW_YEAR, description="days on which other counts are normal: name by MM-DD, or by YYYY-MM-DD for one year"
    )
    log_level: Literal["debug", "info", "warning", "error"] = "info"

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over the file."""
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    @field_validator("timezone", "country", "special_days")
    @classmethod
    def _check_calendar(cls, value: object, info: ValidationInfo) -> object:
        """Tell a mistake at the start, not on the day itself."""
        from tocsin.conf.calendar import CHECKS

        CHECKS[str(info.field_name)](value)
        return value

    @property
    def host(self) -> str:
        """The host part of ``listen``."""
        return self.listen.rpartition(":")[0].strip("[]")

    @property
    def port(self) -> int:
        """The port part of ``listen``."""
        try:
            port = int(self.listen.rpartition(":")[2])
        except ValueError:
            port = -1
        if not self.host or not 0 < port < 65_536:
            raise ConfigError(f"TOCSIN_LISTEN is '{self.listen}'; write host:port, such as 127.0.0.1:8000")
        return port

    @property
    def base_url(self) -> str:
        """The console's address, without a slash at the end."""
        # A passkey belongs to a name: browsers refuse one for an IP address, but take http://localhost.
        listen = f"localhost:{self.port}" if self.host in ("127.0.0.1", "::1") else self.listen
        return (self.public_url or f"http://{listen}").rstrip("/")

    @property
    def is_bucket(self) -> bool:
        """Whether events are kept in object storage."""
        return "://" in self.data and not self.data.startswith("file://")

    @property
    def events_uri(self) -> str:
        """Where the event tables are: a folder's absolute path or a bucket URL."""
        if self.is_bucket:
            return self.data.rstrip("/") + "/events"
        return str(self.local_dir / "events")

    @property
    def local_dir(self) -> Path:
        """The folder for what is not an event: the SQLite database, the server's secret key."""
        return Path("data" if self.is_bucket else urlsplit(self.data).path).resolve()

    @property
    def rule_paths(self) -> tuple[Path, ...]:
        """The folders to load rules from, in order."""
        names = [name for name in self.rules.split(":") if name]
        return tuple(shipped_rules() if name == SHIPPED else Path(name) for name in names)

    @property
    def placeholder_paths(self) -> tuple[Path, ...]:
        """The files or folders that give placeholders their values."""
        return tuple(Path(name) for name in self.placeholders.split(":") if name)

    @property
    def pipeline_paths(self) -> tuple[Path, ...]:
        """The files or folders of processing pipelines."""
        return tuple(Path(name) for name in self.pipelines.split(":") if name)


def shipped_rules() -> Path:
    """The folder of the rules that come with Tocsin: in a wheel beside the code, else the checkout's."""
    package = Path(__file__).resolve().parents[1]
    wheel = package / "shipped_rules"
    return wheel if wheel.is_dir() else package.parents[1] / "rules"


@cache
def options() -> Options:
    """The settings of this process, read once.

    Raises: ConfigError naming each setting that is wrong, what it is and what is allowed.
    """
    try:
        return Options()
    except ValidationError as error:
        lines = [
            f"setting {'.'.join(str(part) for part in each['loc'])} is {each['input']!r}: {each['msg']}"
            for each in error.errors()
        ]
        raise ConfigError("\n".join(lines)) from error
    except ValueError as error:
        raise ConfigError(f"{CONFIG_FILE}: {error}") from error
