"""The JSON that a webhook gets: `tocsin.message/1`. Keys may be added; none is renamed, moved or removed.

    schema           "tocsin.message/1"
    occasion         "opened", "again", "update", "test" or "undelivered"
    idempotency_key  the same in every attempt of this message; drop what you have had
    sent_at          when this attempt was written
    text             the message in one line, safe to show
    url              the alert (or the deliveries) in the console
    alert            null for a test, else:
      id, level, title, source, count, count_of, events, first_at, last_at
      normal         "47 in 10 minutes; at this hour 0 to 3 are normal"; "" for a rule that learns nothing
      rule           id, description, next_steps, falsepositives, references, tags
      group          [{field, value}, …]
      samples        [{time, raw, fields: {name: value}}, …]: log content, as it came
      variants       [{text, who, count}, …]: of a rule about what is nearly the same, its wordings, as they came

Times are ISO 8601 in UTC. Log content is untrusted: escape it before it is shown.
"""

import json
from typing import Any

from tocsin.notifiers import words
from tocsin.notifiers.message import Message, Occasion, Sample
from tocsin.notifiers.text import cut

SCHEMA = "tocsin.message/1"
_RAW = 8_192
_VALUE = 2_048
_FIELDS = 100


def encode(message: Message) -> bytes:
    """``message`` as JSON in pure ASCII, so that no control or direction character travels unescaped."""
    content = {
        "schema": SCHEMA,
        "occasion": message.occasion.value,
        "idempotency_key": message.idempotency_key,
        "sent_at": words.moment(message.at),
        "text": words.subject(message),
        "url": message.url,
        "alert": None if message.occasion is Occasion.TEST else _alert(message),
    }
    return json.dumps(content, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _alert(message: Message) -> dict[str, Any]:
    return {
        "id": message.alert_id,
        "level": message.level,
        "title": message.title,
        "source": message.source,
        "count": message.count,
        "count_of": message.count_of,
        "events": message.events,
        "first_at": words.moment(message.first_at),
        "last_at": words.moment(message.last_at),
        "normal": message.normal,
        "rule": {
            "id": message.rule_id,
            "description": message.description,
            "next_steps": message.next_steps,
            "falsepositives": list(message.falsepositives),
            "references": list(message.references),
            "tags": list(message.tags),
        },
        "group": [{"field": field, "value": cut(value, _VALUE)} for field, value in message.group],
        "samples": [_sample(each) for each in message.samples[: words.MAX_SAMPLES]],
        "variants": [
            {"text": cut(each.text, _VALUE), "who": cut(each.who, _VALUE), "count": each.count}
            for each in message.variants[: words.MAX_VARIANTS]
        ],
    }


def _sample(sample: Sample) -> dict[str, Any]:
    return {
        "time": words.moment(sample.at) if sample.at else None,
        "raw": cut(sample.raw, _RAW),
        "fields": {name: cut(value, _VALUE) for name, value in sample.fields[:_FIELDS]},
    }
