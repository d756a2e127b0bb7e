"""Made-up events and rules of the size that real ones have, the same at every run."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta

import orjson

START = datetime(2026, 7, 28)  # noqa: DTZ001 - Sysmon's UtcTime names no zone
FOLDERS = ("Windows\\System32", "Program Files\\Editor", "Users\\Public", "ProgramData\\Updates", "Windows\\Temp")
PROGRAMS = ("notepad", "svchost", "browser", "editor", "backup", "updater", "shell", "archiver", "mailer", "agent")
OPTIONS = ("--type=renderer", "/c dir", "-k netsvcs", "--lang=en", "/quiet", "--profile-directory=Default", "-v")


def process_events(count: int, seed: int = 1, first: int = 0) -> Iterator[bytes]:
    """``count`` process creations of about 700 bytes, as JSON lines without their newline."""
    chance = random.Random(seed)
    for number in range(first, first + count):
        program, parent = chance.choice(PROGRAMS), chance.choice(PROGRAMS)
        folder = chance.choice(FOLDERS)
        yield orjson.dumps(
            {
                "EventID": 1,
                "UtcTime": (START + timedelta(milliseconds=number)).isoformat(" "),
                "Image": f"C:\\{folder}\\{program}.exe",
                "CommandLine": f'"C:\\{folder}\\{program}.exe" {" ".join(chance.choices(OPTIONS, k=3))} --id={number}',
                "ParentImage": f"C:\\Windows\\{parent}.exe",
                "ParentCommandLine": f"C:\\Windows\\{parent}.exe {chance.choice(OPTIONS)}",
                "User": f"CORP\\user{chance.randrange(500)}",
                "IntegrityLevel": chance.choice(("Low", "Medium", "High", "System")),
                "CurrentDirectory": f"C:\\{folder}\\",
                "LogonId": f"0x{chance.randrange(1 << 20):05x}",
                "ProcessId": chance.randrange(1 << 16),
                "ParentProcessId": chance.randrange(1 << 16),
                "ProcessGuid": f"{chance.getrandbits(128):032x}",
                "Hashes": f"SHA256={chance.getrandbits(256):064X}",
                "OriginalFileName": f"{program}.exe",
                "Computer": f"ws-{chance.randrange(2000):04}",
                "product": "windows",
                "category": "process_creation",
            }
        )


def rule_documents(count: int, seed: int = 2) -> str:
    """``count`` Sigma rules over those events; one event in some thousands matches one."""
    chance = random.Random(seed)
    documents = []
    for number in range(count):
        words = [
            f"{chance.choice(('evil', 'dump', 'inject', 'steal', 'wipe'))}{chance.randrange(10_000)}" for _ in range(6)
        ]
        documents.append(
            f"""title: Suspicious option {number}
id: 00000000-0000-4000-8000-{number:012}
logsource: {{product: windows, category: process_creation}}
detection:
  program:
    Image|endswith: ['\\{words[0]}.exe', '\\{words[1]}.exe', '\\{chance.choice(PROGRAMS)}.exe']
  words:
    CommandLine|contains: ['{words[2]}', '-{words[3]}', ' --id={number}777']
  parent:
    ParentImage|startswith: 'C:\\Users\\{words[4]}'
  usual:
    User|contains: 'SERVICE'
    IntegrityLevel: System
  condition: (program and words) or (parent and not usual)
level: {chance.choice(("low", "medium", "high"))}
"""
        )
    return "---\n".join(documents)
