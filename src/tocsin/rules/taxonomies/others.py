"""Products other than Windows.

Source: the Sigma specification 2.1, "Appendix: Taxonomy", with the products that SigmaHQ's rules name beyond it.
Of Linux, programs are named as they name themselves in syslog.
"""

from typing import Final

from tocsin.rules.taxonomies.signs import Mark, Product, Sign

_SSHD: Final = ("sshd", "sshd-session", "sshd-auth")
_SIGN_IN: Final = ("login", "su", "systemd-logind", "polkitd", "useradd", "userdel", "usermod", "groupadd", "passwd")
_ANY_TEXT: Final = frozenset({"syslog"})


def _programs(*names: str) -> tuple[Mark, ...]:
    return (("app", names),)


def _sysmon(event_id: int) -> tuple[Sign, ...]:
    return (Sign("sysmon", (("Channel", ("Linux-Sysmon/Operational",)), ("EventID", (str(event_id),)))),)


def _services(*names: str) -> Product:
    """A product whose logs are told apart by their sources alone."""
    return Product(services=dict.fromkeys(names, ()))


_LINUX: Final = Product(
    categories={"file_event": _sysmon(11), "network_connection": _sysmon(3), "process_creation": _sysmon(1)},
    services={
        "auditd": _programs("auditd", "audispd", "audit"),
        "auth": _programs(*_SSHD, *_SIGN_IN, "sudo"),
        "clamav": _programs("clamd", "clamav", "clamscan", "freshclam"),
        "cron": _programs("cron", "crond", "crontab", "anacron"),
        "guacamole": _programs("guacd", "guacamole", "tomcat"),
        "sshd": _programs(*_SSHD),
        "sudo": _programs("sudo"),
        "sysmon": _programs("sysmon"),
        "syslog": (),
        "vsftpd": _programs("vsftpd"),
    },
    within={
        "auth": _ANY_TEXT,
        "clamav": _ANY_TEXT,
        "cron": _ANY_TEXT,
        "guacamole": _ANY_TEXT,
        "sshd": _ANY_TEXT | {"auth"},
        "sudo": _ANY_TEXT | {"auth"},
        "vsftpd": _ANY_TEXT,
    },
    is_closed=False,
)

_GCP: Final = Product(
    services={
        "gcp.audit": (),
        "google_workspace.admin": (("id.applicationName", ("admin",)),),
        "google_workspace.login": (("id.applicationName", ("login",)),),
        "gworkspace.admin": (("id.applicationName", ("admin",)),),
        "gworkspace.login": (("id.applicationName", ("login",)),),
    },
    within={
        "google_workspace.admin": frozenset({"google_workspace"}),
        "google_workspace.login": frozenset({"google_workspace"}),
        "gworkspace.admin": frozenset({"google_workspace"}),
        "gworkspace.login": frozenset({"google_workspace"}),
    },
)

_APPLICATION: Final = Product(categories={"application": ()}, is_closed=False)

OTHERS: Final[dict[str, Product]] = {
    "linux": _LINUX,
    "macos": Product(categories={"file_event": (), "process_creation": ()}, is_closed=False),
    "aws": _services("cloudtrail"),
    "azure": _services("activitylogs", "auditlogs", "pim", "riskdetection", "signinlogs"),
    "bitbucket": _services("audit"),
    "gcp": _GCP,
    "github": _services("audit"),
    "kubernetes": Product(categories={"application": ()}, services={"audit": ()}),
    "m365": _services("audit", "exchange", "threat_detection", "threat_management"),
    "okta": _services("okta"),
    "onelogin": _services("onelogin.events"),
    "cisco": Product(services=dict.fromkeys(("aaa", "bgp", "duo", "ldp", "syslog"), ()), is_closed=False),
    "fortigate": Product(services={"event": ()}, is_closed=False),
    "fortios": Product(services={"sslvpnd": ()}, is_closed=False),
    "huawei": Product(services={"bgp": (), "ldp": ()}, is_closed=False),
    "juniper": Product(services={"bgp": (), "ldp": ()}, is_closed=False),
    "paloalto": Product({"appliance": (), "file_event": ()}, {"globalprotect": ()}, is_closed=False),
    "qualys": Product(is_closed=False),
    "zeek": _services("dce_rpc", "dns", "http", "kerberos", "rdp", "smb_files", "x509"),
    "modsecurity": Product(is_closed=False),
    "django": _APPLICATION,
    "jvm": _APPLICATION,
    "nodejs": _APPLICATION,
    "opencanary": _APPLICATION,
    "python": _APPLICATION,
    "rpc_firewall": _APPLICATION,
    "ruby_on_rails": _APPLICATION,
    "spring": _APPLICATION,
    "sql": _APPLICATION,
    "velocity": _APPLICATION,
}
