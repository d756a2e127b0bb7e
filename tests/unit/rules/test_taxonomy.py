"""Which events a rule looks at."""

from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from tests.oracle.evaluate import matches

from tocsin.kernel.issues import Location
from tocsin.kernel.logsource import LogSource
from tocsin.rules.model import And, DetectionRule, Level, Meta
from tocsin.rules.taxonomies import PRODUCTS
from tocsin.rules.taxonomies.others import OTHERS
from tocsin.rules.taxonomies.signs import Product
from tocsin.rules.taxonomies.windows import SYSMON
from tocsin.rules.taxonomy import NEVER, Route, find_route, is_known, routing_fields

SIGMAHQ = Path(__file__).parents[4] / "shared/data/sigmahq"
META = Meta("any", "Any", Level.LOW, Location("any.yml"))
ALWAYS = Route()
LINUX = LogSource(product="linux")
SSHD = LogSource(product="linux", service="sshd")
WINDOWS = LogSource(product="windows")
ACCESS = LogSource(category="webserver")


def looks(rule: LogSource, source: LogSource, event: Mapping[str, str | None]) -> bool:
    """Whether a rule that holds for every event looks at this one."""
    return matches(DetectionRule(META, rule, And(())), event, source)


def windows(channel: str, event_id: int, **fields: str) -> dict[str, str | None]:
    """A Windows event."""
    return {"Channel": channel, "EventID": str(event_id), **fields}


@pytest.mark.parametrize(
    ("rule", "source", "expected"),
    [
        (SSHD, SSHD, ALWAYS),
        (LINUX, SSHD, ALWAYS),
        (LogSource(product="LINUX"), LogSource(product="Linux"), ALWAYS),
        (LogSource(), SSHD, ALWAYS),
        (WINDOWS, SSHD, NEVER),
        (LogSource(product="windows", service="sshd"), SSHD, NEVER),
        (LogSource(product="linux", service="auditd"), SSHD, NEVER),
        (LogSource(product="acme", service="x"), LogSource(), Route(columns=(("product", "acme"), ("service", "x")))),
        (LogSource("A", "Door"), LogSource("a"), Route(columns=(("category", "door"),))),
    ],
)  # fmt: skip
def test_what_a_rule_names_must_be_what_the_source_states(rule: LogSource, source: LogSource, expected: Route) -> None:
    """What the source does not state is for the event's own column to say."""
    assert find_route(rule, source) == expected


def test_only_a_route_without_a_question_is_always() -> None:
    """The engine leaves the masks out where there is nothing to compare."""
    assert ALWAYS.is_always
    assert not NEVER.is_always
    assert not Route(columns=(("service", "sshd"),)).is_always
    assert not find_route(LogSource("windows", "process_creation"), WINDOWS).is_always


@pytest.mark.parametrize(
    ("category", "event", "is_looked_at"),
    [
        ("process_creation", windows(SYSMON, 1), True),
        ("process_creation", windows("Security", 4688), True),
        ("process_creation", windows("Security", 1), False),
        ("process_creation", windows(SYSMON, 4688), False),
        ("process_creation", windows(SYSMON, 3), False),
        ("process_creation", windows(SYSMON.upper(), 1), True),
        ("network_connection", windows(SYSMON, 3), True),
        ("network_connection", windows("Security", 5156), True),
        ("process_termination", windows(SYSMON, 5), True),
        ("driver_load", windows(SYSMON, 6), True),
        ("image_load", windows(SYSMON, 7), True),
        ("create_remote_thread", windows(SYSMON, 8), True),
        ("raw_access_thread", windows(SYSMON, 9), True),
        ("process_access", windows(SYSMON, 10), True),
        ("file_event", windows(SYSMON, 11), True),
        ("registry_event", windows(SYSMON, 14), True),
        ("registry_add", windows(SYSMON, 12), True),
        ("registry_add", windows(SYSMON, 13), False),
        ("registry_set", windows(SYSMON, 13), True),
        ("registry_set", windows("Security", 4657, OperationType="%%1905"), True),
        ("registry_set", windows("Security", 4657, OperationType="%%1906"), False),
        ("registry_delete", windows("Security", 4657, OperationType="%%1906"), True),
        ("registry_rename", windows(SYSMON, 14), True),
        ("create_stream_hash", windows(SYSMON, 15), True),
        ("pipe_created", windows(SYSMON, 18), True),
        ("wmi_event", windows(SYSMON, 20), True),
        ("dns_query", windows(SYSMON, 22), True),
        ("file_delete", windows(SYSMON, 23), True),
        ("file_delete", windows(SYSMON, 26), True),
        ("process_tampering", windows(SYSMON, 25), True),
        ("sysmon_error", windows(SYSMON, 255), True),
        ("ps_script", windows("Microsoft-Windows-PowerShell/Operational", 4104), True),
        ("ps_script", windows("PowerShellCore/Operational", 4104), True),
        ("ps_module", windows("Microsoft-Windows-PowerShell/Operational", 4103), True),
        ("ps_module", windows("Microsoft-Windows-PowerShell/Operational", 4104), False),
        ("ps_classic_start", windows("Windows PowerShell", 400), True),
        ("ps_classic_provider_start", windows("Windows PowerShell", 600), True),
        ("file_access", {"Provider_Name": "Microsoft-Windows-Kernel-File"}, True),
        ("file_access", windows(SYSMON, 11, Provider_Name="Microsoft-Windows-Sysmon"), False),
        ("webserver", windows("Application", 1), False),
    ],
)  # fmt: skip
def test_channel_and_event_id_show_a_windows_category(
    category: str, event: dict[str, str | None], is_looked_at: bool
) -> None:
    """Each category of the appendix, where its events are found and where not."""
    assert looks(LogSource("windows", category), WINDOWS, event) is is_looked_at


@pytest.mark.parametrize(
    ("service", "channel"),
    [
        ("security", "Security"),
        ("system", "System"),
        ("application", "Application"),
        ("sysmon", SYSMON),
        ("powershell", "Microsoft-Windows-PowerShell/Operational"),
        ("powershell-classic", "Windows PowerShell"),
        ("taskscheduler", "Microsoft-Windows-TaskScheduler/Operational"),
        ("windefend", "Microsoft-Windows-Windows Defender/Operational"),
        ("applocker", "Microsoft-Windows-AppLocker/EXE and DLL"),
        ("bits-client", "Microsoft-Windows-Bits-Client/Operational"),
    ],
)
def test_the_channel_shows_a_windows_service(service: str, channel: str) -> None:
    """A service's events are those of its channel, and of no other."""
    rule = LogSource("windows", service=service)
    assert looks(rule, WINDOWS, {"Channel": channel})
    assert not looks(rule, WINDOWS, {"Channel": "Another/Operational"})


def test_an_events_own_words_come_first() -> None:
    """A `category` field decides, whatever channel and event id would say."""
    creation = LogSource("windows", "process_creation")
    assert looks(creation, WINDOWS, {"category": "Process_Creation", "EventID": "7"})
    assert not looks(creation, WINDOWS, windows(SYSMON, 1, category="dns_query"))
    assert not looks(creation, LogSource(), windows(SYSMON, 1, product="linux"))


def test_an_event_that_says_nothing_is_looked_at() -> None:
    """Neither a field of the part's name nor a channel speaks against it; an event id alone may."""
    creation = LogSource("windows", "process_creation")
    assert looks(creation, WINDOWS, {"Image": "x"})
    assert looks(creation, LogSource(), {"EventID": "1"})
    assert not looks(creation, WINDOWS, {"EventID": "2"})


def test_a_source_of_one_service_shows_only_its_signs() -> None:
    """In the Security log, a process begins with 4688 and not with 1."""
    creation = LogSource("windows", "process_creation")
    security = LogSource("windows", service="security")
    assert looks(creation, security, {"EventID": "4688"})
    assert not looks(creation, security, {"EventID": "1"})
    assert not looks(LogSource("windows", "dns_query"), security, {"EventID": "22"})


def test_a_windows_source_holds_nothing_but_windows_logs() -> None:
    """A rule for web servers or for a service that Windows does not have must be asked for by the event itself."""
    for rule in (ACCESS, LogSource(service="nginx")):
        assert not looks(rule, WINDOWS, {"Channel": "Application"})
    assert looks(ACCESS, WINDOWS, {"category": "webserver"})


def test_a_web_servers_log_is_no_products_log() -> None:
    """A rule for a service of Windows does not look at it, a rule for nginx does."""
    assert not looks(LogSource("windows", service="security"), ACCESS, {"c-ip": "192.0.2.1"})
    assert not looks(LogSource("windows", "process_creation"), ACCESS, {"c-ip": "192.0.2.1"})
    assert looks(LogSource(service="nginx"), ACCESS, {"c-ip": "192.0.2.1"})
    assert looks(ACCESS, ACCESS, {"c-ip": "192.0.2.1"})


@pytest.mark.parametrize(
    ("service", "app", "is_looked_at"),
    [
        ("sshd", "sshd", True),
        ("sshd", "sudo", False),
        ("sudo", "sudo", True),
        ("auth", "sudo", True),
        ("cron", "CRON", True),
        ("cron", "kernel", False),
        ("syslog", "kernel", True),
        ("clamav", "freshclam", True),
        ("auditd", "nginx", False),
    ],
)
def test_the_program_shows_a_linux_service(service: str, app: str, is_looked_at: bool) -> None:
    """A syslog line is of the services whose programs write it."""
    assert looks(LogSource("linux", service=service), LINUX, {"app": app}) is is_looked_at


def test_auth_holds_sshd_and_sudo() -> None:
    """auth.log is where both write, so their rules look at it, and rules for it look at theirs."""
    auth, sudo = LogSource("linux", service="auth"), LogSource("linux", service="sudo")
    assert looks(SSHD, auth, {"app": "sshd"})
    assert not looks(SSHD, auth, {"app": "sudo"})
    assert looks(auth, SSHD, {"app": "sshd"})
    assert not looks(sudo, SSHD, {"app": "sshd"})
    assert not looks(LogSource("linux", service="vsftpd"), auth, {"app": "vsftpd"})


def test_linux_categories_are_sysmons() -> None:
    """Sysmon for Linux writes them; auditd does not."""
    creation = LogSource("linux", "process_creation")
    assert looks(creation, LINUX, windows("Linux-Sysmon/Operational", 1))
    assert not looks(creation, LINUX, windows("Linux-Sysmon/Operational", 3))
    assert not looks(creation, LogSource("linux", service="auditd"), {"type": "EXECVE"})


def test_the_application_shows_a_google_workspace_service() -> None:
    """Events of all applications come from one place, and each says which it is of."""
    workspace = LogSource("gcp", service="google_workspace")
    admin = LogSource("gcp", service="google_workspace.admin")
    assert looks(admin, workspace, {"id.applicationName": "admin"})
    assert not looks(admin, workspace, {"id.applicationName": "login"})
    assert not looks(LogSource("gcp", service="gcp.audit"), workspace, {"id.applicationName": "admin"})


def test_kubernetes_rules_with_and_without_category_look_at_its_audit_log() -> None:
    """SigmaHQ's rules write both."""
    source = LogSource("kubernetes", "application", "audit")
    assert find_route(LogSource("kubernetes", service="audit"), source).is_always
    assert find_route(LogSource("kubernetes", "application", "audit"), source).is_always


def test_the_fields_that_route_are_named() -> None:
    """The store gives the engine only the columns that it asks for."""
    assert routing_fields(LogSource("windows", "process_creation")) == {"product", "category", "Channel", "EventID"}
    assert routing_fields(SSHD) == {"product", "service", "app"}
    assert routing_fields(LogSource()) == set()


def test_windows_and_the_others_make_up_the_taxonomy() -> None:
    """Each product once."""
    assert PRODUCTS.keys() == {"windows"} | OTHERS.keys()
    assert all(isinstance(product, Product) for product in PRODUCTS.values())


def test_every_entry_is_in_lower_case_and_every_sign_has_its_service() -> None:
    """Names are looked up in lower case; a sign of an unknown service could never be reached."""
    for name, product in PRODUCTS.items():
        for key in (name, *product.categories, *product.services, *product.within):
            assert key == key.lower()
        assert {sign.service for signs in product.categories.values() for sign in signs} <= {None, *product.services}
        assert set(product.within) <= set(product.services)


def test_a_logsource_that_is_not_in_the_taxonomy_is_told() -> None:
    """Such a rule still looks at what names it, and `docs/taxonomy.md` says which of SigmaHQ's are so."""
    assert is_known(LogSource("Windows", "Process_Creation"))
    assert is_known(LogSource(category="proxy"))
    assert not is_known(LogSource("windows", "telepathy"))
    assert not is_known(LogSource("windows", service="telepathy"))
    assert not is_known(LogSource("acme"))
    assert not is_known(LogSource(category="telepathy"))


@pytest.mark.skipif(not SIGMAHQ.exists(), reason="SigmaHQ's rules are not here")
def test_every_logsource_of_sigmahq_is_routable() -> None:
    """Each is in the taxonomy."""
    unknown = set()
    for path in SIGMAHQ.rglob("*.yml"):
        for document in yaml.load_all(path.read_bytes(), yaml.CSafeLoader):
            logsource = (document or {}).get("logsource")
            if logsource and not is_known(named := LogSource(*map(logsource.get, ("product", "category", "service")))):
                unknown.add(str(named))
    assert not unknown
