"""A message as an email's two bodies. The HTML loads nothing from anywhere and reads well in the dark."""

from html import escape

from tocsin.notifiers import words
from tocsin.notifiers.message import Message, Occasion

_COLOURS = {
    "critical": "#b3123b",
    "high": "#c2410c",
    "medium": "#a16207",
    "low": "#1d4ed8",
    "informational": "#57534e",
}
_SAMPLE = 600

_STYLE = """
:root { color-scheme: light dark; supported-color-schemes: light dark; }
@media (prefers-color-scheme: dark) {
  .page { background: #16130f !important; }
  .card { background: #211d18 !important; border-left-color: #3a342c !important;
    border-right-color: #3a342c !important; border-bottom-color: #3a342c !important; }
  .ink { color: #f3eee6 !important; }
  .soft { color: #b5aca0 !important; }
  .code { background: #16130f !important; color: #f3eee6 !important; border-color: #3a342c !important; }
}
@media (max-width: 480px) { .page { padding: 0 !important; } .pad { padding: 18px 16px !important; } }
"""
_SANS = "font-family:-apple-system,BlinkMacSystemFont,'Segoe UI',Roboto,Helvetica,Arial,sans-serif"
_MONO = "font-family:ui-monospace,SFMono-Regular,Menlo,Consolas,monospace"
_LABEL = f"{_SANS};font-size:12px;line-height:18px;font-weight:600;color:#6b645a"
_BODY = f"{_SANS};font-size:15px;line-height:23px;color:#1f1b16"


def text(message: Message) -> str:
    """The body for plain readers."""
    parts = [words.subject(message), _table(words.facts(message))]
    parts += [f"{heading}\n{_indent(lines)}" for heading, lines in words.passages(message)]
    if said := words.variants(message, _SAMPLE):
        parts.append("What they say\n" + _indent("\n".join(said)))
    if events := words.samples(message, _SAMPLE):
        parts.append("Sample events\n" + _indent("\n".join(events)))
    parts.append(f"{_invitation(message)}: {message.url}")
    if links := words.links(message):
        parts.append("References\n" + _indent("\n".join(links)))
    if origin := words.origin(message):
        parts.append(f"Rule {origin}")
    return "\n\n".join(part for part in parts if part) + "\n"


def html(message: Message) -> str:
    """The body for everyone else: a whole document, every value escaped."""
    content = "".join(
        [
            _head(message),
            _rows(words.facts(message)),
            *(_passage(heading, lines) for heading, lines in words.passages(message)),
            _listed("What they say", words.variants(message, _SAMPLE)),
            _listed("Sample events", words.samples(message, _SAMPLE)),
            _button(message),
            _foot(message),
        ]
    )
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width">'
        '<meta name="color-scheme" content="light dark"><meta name="supported-color-schemes" content="light dark">'
        f"<title>{escape(words.subject(message))}</title><style>{_STYLE}</style></head>"
        '<body class="page" style="margin:0;padding:24px;background:#f4f1ec">'
        '<div class="card" style="max-width:640px;margin:0 auto;background:#ffffff;border:1px solid #e2dcd2;'
        f'border-top:6px solid {_colour(message)};border-radius:8px">'
        f'<div class="pad" style="padding:24px 28px">{content}</div></div></body></html>'
    )


def _head(message: Message) -> str:
    label = "Test" if message.occasion is Occasion.TEST else words.level(message)
    return (
        f'<span style="{_SANS};display:inline-block;font-size:12px;line-height:16px;font-weight:700;'
        f'letter-spacing:.04em;color:#ffffff;background:{_colour(message)};border-radius:4px;padding:3px 8px">'
        f"{escape(label.upper())}</span>"
        f'<h1 class="ink" style="{_SANS};font-size:21px;line-height:28px;font-weight:650;color:#1f1b16;'
        f'margin:12px 0 0;overflow-wrap:anywhere">{escape(words.title(message))}</h1>'
        f'<p class="soft" style="{_SANS};font-size:15px;line-height:22px;color:#6b645a;margin:4px 0 0;'
        f'overflow-wrap:anywhere">{escape(words.summary(message))}</p>'
    )


def _rows(facts: list[tuple[str, str]]) -> str:
    rows = "".join(
        f'<tr><td class="soft" style="{_LABEL};padding:5px 16px 5px 0;vertical-align:top;overflow-wrap:anywhere">'
        f"{escape(label)}</td>"
        f'<td class="ink" style="{_BODY};padding:3px 0;vertical-align:top;overflow-wrap:anywhere">'
        f"{escape(value)}</td></tr>"
        for label, value in facts
    )
    table = '<table role="presentation" width="100%" style="border-collapse:collapse;margin:18px 0 0;'
    columns = '<colgroup><col style="width:30%"><col></colgroup>'
    return f'{table}table-layout:fixed">{columns}{rows}</table>' if rows else ""


def _passage(heading: str, lines: str) -> str:
    body = escape(lines).replace("\n", "<br>")
    return (
        f'<h2 class="soft" style="{_LABEL};margin:20px 0 2px">{escape(heading)}</h2>'
        f'<p class="ink" style="{_BODY};margin:0;overflow-wrap:anywhere">{body}</p>'
    )


def _listed(heading: str, lines: list[str]) -> str:
    listed = "".join(
        f'<div class="code" style="{_MONO};font-size:12px;line-height:18px;color:#1f1b16;background:#f7f5f1;'
        f'border:1px solid #e2dcd2;border-radius:4px;padding:7px 10px;margin:6px 0 0;overflow-wrap:anywhere">'
        f"{escape(line)}</div>"
        for line in lines
    )
    return f'<h2 class="soft" style="{_LABEL};margin:20px 0 2px">{heading}</h2>{listed}' if listed else ""


def _button(message: Message) -> str:
    return (
        f'<p style="margin:24px 0 0"><a href="{escape(message.url)}" style="{_SANS};display:inline-block;'
        f"font-size:15px;line-height:20px;font-weight:600;color:#ffffff;background:{_colour(message)};"
        f'border-radius:6px;padding:10px 18px;text-decoration:none">{_invitation(message)}</a></p>'
    )


def _foot(message: Message) -> str:
    links = "".join(
        f'<br><a class="soft" href="{escape(link)}" style="color:#6b645a">{escape(link)}</a>'
        for link in words.links(message)
    )
    origin = words.origin(message)
    rule = f"Rule {escape(origin)}" if origin else "Sent by Tocsin"
    return (
        f'<p class="soft" style="{_SANS};font-size:12px;line-height:18px;color:#6b645a;margin:24px 0 0;'
        f'overflow-wrap:anywhere">{rule}{links}</p>'
    )


def _invitation(message: Message) -> str:
    return "Open the alert" if message.alert_id is not None else "Open Tocsin"


def _colour(message: Message) -> str:
    return _COLOURS.get(message.level, _COLOURS["informational"])


def _table(facts: list[tuple[str, str]]) -> str:
    width = max((len(label) for label, _ in facts), default=0)
    return "\n".join(f"  {label:<{width}}  {value}" for label, value in facts)


def _indent(lines: str) -> str:
    return "\n".join(f"  {line}" for line in lines.split("\n"))
