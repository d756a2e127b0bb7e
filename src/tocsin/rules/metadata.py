"""What a rule says of itself: title, id, level and the texts that only people read.

An error in what people only read is a warning and the rule is kept: a date in a wrong form must not
silence an alarm. Where a wrong value could change what the rule does or how loudly, it is an error.
"""

from typing import Final, TypeVar
from uuid import UUID

from tocsin.kernel.issues import Issue, Severity
from tocsin.kernel.logsource import LogSource
from tocsin.rules import issues
from tocsin.rules.documents import Document
from tocsin.rules.model import Level, Meta

STATUSES: Final = ("unsupported", "deprecated", "experimental", "test", "stable")
MAX_TITLE: Final = 256
MAX_NAME: Final = 200
DEFAULT_LEVEL: Final = Level.MEDIUM
"""Sigma lets a rule go without a level."""
_Value = TypeVar("_Value")
_KNOWN_KEYS: Final = (
    *("title", "id", "name", "related", "taxonomy", "status", "description", "license", "author", "references"),
    *("date", "modified", "logsource", "detection", "correlation", "fields", "falsepositives", "level", "tags"),
    *("scope", "tocsin"),
)
_LOGSOURCE_KEYS: Final = ("product", "category", "service", "definition")


def canonical_name(text: str) -> str:
    """``text`` as ids and references compare: a UUID in its one usual spelling, anything else as it is."""
    try:
        return str(UUID(text))
    except ValueError:
        return text.strip()


def read_meta(document: Document, next_steps: str) -> tuple[Meta | None, list[Issue]]:
    """Read what the rule says of itself; None where that has an error."""
    found = _check_keys(document)

    def gather(pair: tuple[_Value, list[Issue]]) -> _Value:
        found.extend(pair[1])
        return pair[0]

    title, name = gather(_read_title(document)), gather(_read_name(document))
    rule_id, level, status = gather(_read_id(document)), gather(_read_level(document)), gather(_read_status(document))
    description, author = (gather(read_text(document, key)) or "" for key in ("description", "author"))
    tags, references, falsepositives, fields = (
        gather(read_texts(document, key)) for key in ("tags", "references", "falsepositives", "fields")
    )
    if any(issue.severity is Severity.ERROR for issue in found):
        return None, found
    meta = Meta(
        id=rule_id or name or document.made_id,
        title=title,
        level=level,
        location=document.at(),
        name=name,
        status=status,
        description=description,
        author=author,
        tags=tags,
        references=references,
        falsepositives=falsepositives,
        fields=fields,
        next_steps=next_steps,
        digest=document.digest,
    )
    return meta, found


def read_logsource(document: Document) -> tuple[LogSource | None, list[Issue]]:
    """Read the `logsource` section; None where it is absent or has an error."""
    section = document.data.get("logsource")
    if section is None:
        mend = "say which logs it is about, such as 'logsource: {product: linux}'"
        return None, [issues.missing_key(document.at(), "logsource", mend)]
    if not isinstance(section, dict):
        return None, [issues.wrong_type(document.at("logsource"), "logsource", section, "a mapping")]
    found = [
        issues.ignored_logsource_key(document.at_key("logsource", str(key)), str(key), meant)
        for key in section
        if key not in _LOGSOURCE_KEYS and (meant := issues.nearest(str(key), _LOGSOURCE_KEYS)) and meant not in section
    ]
    named = {key: section[key] for key in _LOGSOURCE_KEYS[:3] if section.get(key) is not None}
    wrong = [
        issues.wrong_type(document.at("logsource", key), key, value, "a text")
        for key, value in named.items()
        if not isinstance(value, str) or not value.strip()
    ]
    if not named:
        wrong.append(issues.empty_logsource(document.at_key("logsource")))
    return (None if wrong else LogSource(**{key: value.strip() for key, value in named.items()})), found + wrong


def read_text(document: Document, *keys: str) -> tuple[str | None, list[Issue]]:
    """The text under ``keys``; a number counts as its text, anything else is a warning."""
    value = document.get(*keys)
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return str(value).strip(), []
    if value is None:
        return None, []
    return None, [issues.ignored_type(document.at(*keys), keys[-1], value, "a text")]


def read_texts(document: Document, *keys: str) -> tuple[tuple[str, ...], list[Issue]]:
    """The list of texts under ``keys``; one text is a list of one, any other item is a warning."""
    value = document.get(*keys)
    if value is None:
        return (), []
    items = value if isinstance(value, list) else [value]
    is_list = isinstance(value, list)
    texts: list[str] = []
    found: list[Issue] = []
    for place, item in enumerate(items):
        if isinstance(item, str | int | float) and not isinstance(item, bool):
            texts.append(str(item).strip())
        elif item is not None:
            location = document.at(*keys, place) if is_list else document.at(*keys)
            found.append(issues.ignored_type(location, keys[-1], item, "a text" if is_list else "a list of texts"))
    return tuple(texts), found


def _check_keys(document: Document) -> list[Issue]:
    """Keys that look like one that is missing: `levle` would silently be a rule without a level."""
    missing = [key for key in _KNOWN_KEYS if key not in document.data]
    return [
        issues.misspelt_key(document.at_key(str(key)), str(key), meant)
        for key in document.data
        if key not in _KNOWN_KEYS and (meant := issues.nearest(str(key), missing, cutoff=0.8))
    ]


def _read_title(document: Document) -> tuple[str, list[Issue]]:
    title = document.data.get("title")
    if title is None or title == "":
        return "", [issues.missing_key(document.at(), "title", "say in a few words what it finds")]
    if not isinstance(title, str):
        return "", [issues.wrong_type(document.at("title"), "title", title, "a text")]
    return title.strip(), _check_length(document, "title", title, MAX_TITLE)


def _read_name(document: Document) -> tuple[str | None, list[Issue]]:
    name = document.data.get("name")
    if name is None:
        return None, []
    if not isinstance(name, str) or not name.strip():
        return None, [issues.wrong_type(document.at("name"), "name", name, "a text")]
    return name.strip(), _check_length(document, "name", name, MAX_NAME)


def _read_id(document: Document) -> tuple[str | None, list[Issue]]:
    text = document.data.get("id")
    if text is None or text == "":
        return None, []
    found = _check_length(document, "id", str(text), MAX_NAME)
    rule_id = canonical_name(str(text))
    try:
        UUID(rule_id)
    except ValueError:
        found.append(issues.bad_id(document.at("id"), text))
    return rule_id, found


def _check_length(document: Document, key: str, text: str, limit: int) -> list[Issue]:
    return [issues.long_text(document.at(key), key, len(text), limit)] if len(text) > limit else []


def _read_level(document: Document) -> tuple[Level, list[Issue]]:
    level = document.data.get("level")
    if level is None:
        return DEFAULT_LEVEL, []
    if isinstance(level, str) and level.lower() in list(Level):
        return Level(level.lower()), []
    return DEFAULT_LEVEL, [issues.unknown_level(document.at("level"), level, [str(each) for each in Level])]


def _read_status(document: Document) -> tuple[str | None, list[Issue]]:
    status = document.data.get("status")
    if status is None:
        return None, []
    if isinstance(status, str) and status.lower() in STATUSES:
        return status.lower(), []
    return None, [issues.unknown_status(document.at("status"), status, STATUSES)]
