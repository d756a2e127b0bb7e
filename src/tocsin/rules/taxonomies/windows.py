"""Windows: a service is a channel of the event log, a category is an event id in a channel.

Source: the Sigma specification 2.1, "Appendix: Taxonomy", whose generic categories are Sysmon's events, with
the events of the Security log that tell the same (audit events 4688, 4657 and 5156), and the channels of the
services that SigmaHQ's rules name beyond it, by Microsoft's names for them.
"""

from typing import Final

from tocsin.rules.taxonomies.signs import Mark, Product, Sign

CHANNEL: Final = "Channel"
EVENT_ID: Final = "EventID"
PROVIDER: Final = "Provider_Name"

SYSMON: Final = "Microsoft-Windows-Sysmon/Operational"
SECURITY: Final = "Security"
POWERSHELL: Final = ("Microsoft-Windows-PowerShell/Operational", "PowerShellCore/Operational")
POWERSHELL_CLASSIC: Final = "Windows PowerShell"


def _sysmon(*event_ids: int) -> Sign:
    return Sign("sysmon", ((CHANNEL, (SYSMON,)), (EVENT_ID, tuple(map(str, event_ids)))))


def _security(event_id: int, *marks: Mark) -> Sign:
    return Sign("security", ((CHANNEL, (SECURITY,)), (EVENT_ID, (str(event_id),)), *marks))


def _powershell(event_id: int) -> Sign:
    return Sign("powershell", ((CHANNEL, POWERSHELL), (EVENT_ID, (str(event_id),))))


def _classic(event_id: int) -> Sign:
    return Sign("powershell-classic", ((CHANNEL, (POWERSHELL_CLASSIC,)), (EVENT_ID, (str(event_id),))))


_KERNEL_FILE: Final = Sign(None, ((PROVIDER, ("Microsoft-Windows-Kernel-File",)),))
_NEW_VALUE: Final[Mark] = ("OperationType", ("%%1904", "New registry value created"))
_CHANGED_VALUE: Final[Mark] = (
    "OperationType",
    ("%%1904", "%%1905", "New registry value created", "Existing registry value modified"),
)
_DELETED_VALUE: Final[Mark] = ("OperationType", ("%%1906", "Registry value deleted"))

_CATEGORIES: Final[dict[str, tuple[Sign, ...]]] = {
    "process_creation": (_sysmon(1), _security(4688)),
    "file_change": (_sysmon(2),),
    "network_connection": (_sysmon(3), _security(5156)),
    "sysmon_status": (_sysmon(4, 16),),
    "process_termination": (_sysmon(5), _security(4689)),
    "driver_load": (_sysmon(6),),
    "image_load": (_sysmon(7),),
    "create_remote_thread": (_sysmon(8),),
    "raw_access_thread": (_sysmon(9),),
    "process_access": (_sysmon(10),),
    "file_event": (_sysmon(11),),
    "registry_event": (_sysmon(12, 13, 14), _security(4657)),
    "registry_add": (_sysmon(12), _security(4657, _NEW_VALUE)),
    "registry_delete": (_sysmon(12), _security(4657, _DELETED_VALUE)),
    "registry_set": (_sysmon(13), _security(4657, _CHANGED_VALUE)),
    "registry_rename": (_sysmon(14),),
    "create_stream_hash": (_sysmon(15),),
    "pipe_created": (_sysmon(17, 18),),
    "wmi_event": (_sysmon(19, 20, 21),),
    "dns_query": (_sysmon(22),),
    "file_delete": (_sysmon(23, 26),),
    "clipboard_capture": (_sysmon(24),),
    "process_tampering": (_sysmon(25),),
    "file_delete_detected": (_sysmon(26),),
    "file_block_executable": (_sysmon(27),),
    "file_block_shredding": (_sysmon(28),),
    "file_executable_detected": (_sysmon(29),),
    "sysmon_error": (_sysmon(255),),
    "file_access": (_KERNEL_FILE,),
    "file_rename": (_KERNEL_FILE,),
    "ps_module": (_powershell(4103),),
    "ps_script": (_powershell(4104),),
    "ps_classic_start": (_classic(400),),
    "ps_classic_provider_start": (_classic(600),),
    "ps_classic_script": (_classic(800),),
}

_CHANNELS: Final[dict[str, tuple[str, ...]]] = {
    "application": ("Application",),
    "application-experience": (
        "Microsoft-Windows-Application-Experience/Program-Telemetry",
        "Microsoft-Windows-Application-Experience/Program-Compatibility-Assistant",
    ),
    "applocker": (
        "Microsoft-Windows-AppLocker/MSI and Script",
        "Microsoft-Windows-AppLocker/EXE and DLL",
        "Microsoft-Windows-AppLocker/Packaged app-Deployment",
        "Microsoft-Windows-AppLocker/Packaged app-Execution",
    ),
    "appmodel-runtime": ("Microsoft-Windows-AppModel-Runtime/Admin",),
    "appxdeployment-server": ("Microsoft-Windows-AppXDeploymentServer/Operational",),
    "appxpackaging-om": ("Microsoft-Windows-AppxPackaging/Operational",),
    "bitlocker": ("Microsoft-Windows-BitLocker/BitLocker Management",),
    "bits-client": ("Microsoft-Windows-Bits-Client/Operational",),
    "capi2": ("Microsoft-Windows-CAPI2/Operational",),
    "certificateservicesclient-lifecycle-system": (
        "Microsoft-Windows-CertificateServicesClient-Lifecycle-System/Operational",
    ),
    "codeintegrity-operational": ("Microsoft-Windows-CodeIntegrity/Operational",),
    "dhcp": ("Microsoft-Windows-DHCP-Server/Operational",),
    "diagnosis-scripted": ("Microsoft-Windows-Diagnosis-Scripted/Operational",),
    "dns-client": ("Microsoft-Windows-DNS Client Events/Operational", "Microsoft-Windows-DNS-Client/Operational"),
    "dns-server": ("DNS Server",),
    "dns-server-analytic": ("Microsoft-Windows-DNS-Server/Analytical",),
    "dns-server-audit": ("Microsoft-Windows-DNS-Server/Audit",),
    "driver-framework": ("Microsoft-Windows-DriverFrameworks-UserMode/Operational",),
    "firewall-as": ("Microsoft-Windows-Windows Firewall With Advanced Security/Firewall",),
    "hyper-v-worker": ("Microsoft-Windows-Hyper-V-Worker", "Microsoft-Windows-Hyper-V-Worker-Admin"),
    "iis-configuration": ("Microsoft-IIS-Configuration/Operational",),
    "kernel-event-tracing": ("Microsoft-Windows-Kernel-EventTracing", "Microsoft-Windows-Kernel-EventTracing/Admin"),
    "kernel-shimengine": (
        "Microsoft-Windows-Kernel-ShimEngine/Operational",
        "Microsoft-Windows-Kernel-ShimEngine/Diagnostic",
    ),
    "ldap": ("Microsoft-Windows-LDAP-Client/Debug",),
    "lsa-server": ("Microsoft-Windows-LSA/Operational",),
    "microsoft-servicebus-client": ("Microsoft-ServiceBus-Client/Operational", "Microsoft-ServiceBus-Client/Admin"),
    "msexchange-management": ("MSExchange Management",),
    "ntfs": ("Microsoft-Windows-Ntfs/Operational",),
    "ntlm": ("Microsoft-Windows-NTLM/Operational",),
    "openssh": ("OpenSSH/Operational",),
    "powershell": POWERSHELL,
    "powershell-classic": (POWERSHELL_CLASSIC,),
    "printservice-admin": ("Microsoft-Windows-PrintService/Admin",),
    "printservice-operational": ("Microsoft-Windows-PrintService/Operational",),
    "security": (SECURITY,),
    "security-mitigations": (
        "Microsoft-Windows-Security-Mitigations/Kernel Mode",
        "Microsoft-Windows-Security-Mitigations/User Mode",
        "Microsoft-Windows-Security-Mitigations/KernelMode",
        "Microsoft-Windows-Security-Mitigations/UserMode",
    ),
    "sense": ("Microsoft-Windows-SENSE/Operational",),
    "servicebus-client": ("Microsoft-ServiceBus-Client/Operational", "Microsoft-ServiceBus-Client/Admin"),
    "shell-core": ("Microsoft-Windows-Shell-Core/Operational",),
    "smbclient-connectivity": ("Microsoft-Windows-SmbClient/Connectivity",),
    "smbclient-security": ("Microsoft-Windows-SmbClient/Security",),
    "smbserver-connectivity": ("Microsoft-Windows-SMBServer/Connectivity",),
    "sysmon": (SYSMON,),
    "system": ("System",),
    "taskscheduler": ("Microsoft-Windows-TaskScheduler/Operational",),
    "terminalservices-localsessionmanager": ("Microsoft-Windows-TerminalServices-LocalSessionManager/Operational",),
    "vhdmp": ("Microsoft-Windows-VHDMP/Operational",),
    "windefend": ("Microsoft-Windows-Windows Defender/Operational",),
    "wmi": ("Microsoft-Windows-WMI-Activity/Operational",),
}

WINDOWS: Final = Product(_CATEGORIES, {service: ((CHANNEL, names),) for service, names in _CHANNELS.items()})
