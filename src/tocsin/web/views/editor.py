"""The editor: a file of rules that is written in the console, checked while somebody types, and tried before it is
saved."""

import re
from http import HTTPStatus
from typing import Any, Final

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.gzip import gzip_page
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from tocsin.apps.accounts.roles import Action
from tocsin.apps.detect.models import WrittenRule
from tocsin.apps.detect.written import StaleEdit, add, change, remove
from tocsin.kernel.errors import ConfigError, StoreError
from tocsin.web import rehearsals
from tocsin.web.access import current_user, needs
from tocsin.web.asked import number, storable
from tocsin.web.diffs import diff
from tocsin.web.pages import render_page
from tocsin.web.reads.event import read_draft
from tocsin.web.reads.rehearsal import read_rehearsal
from tocsin.web.reads.rule import read_copy
from tocsin.web.reads.ruletext import check, run_tests
from tocsin.web.reads.search import BusyError, store

NAME: Final = re.compile(r"[a-z0-9][a-z0-9_-]{0,99}")
NAME_WORDS: Final = "Name the file with a-z, 0-9, '-' and '_', beginning with a letter or digit."
TEMPLATE: Final = """\
title:
description:
level: medium
logsource:
    product:
detection:
    selection:
        field: value
    condition: selection
"""


@needs(Action.WRITE_RULES)
@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest) -> HttpResponse:
    """Write a new file: empty, of an event (`source`, `id`, `at`), or a copy of a rule (`copy`)."""
    if request.method != "POST":
        return _show(request, name="", text=_first_text(request))
    name, text = storable(request.POST.get("name", "")).strip(), _posted(request, "text")
    if not NAME.fullmatch(name):
        return _show(request, name=name, text=text, error=NAME_WORDS, status=HTTPStatus.BAD_REQUEST)
    try:
        add(name, text, current_user(request))
    except ConfigError as error:
        return _show(request, name=name, text=text, error=str(error), status=HTTPStatus.BAD_REQUEST)
    return _saved(request, name, text)


@needs(Action.WRITE_RULES)
@gzip_page
@require_http_methods(["GET", "HEAD", "POST"])
def written(request: HttpRequest, name: str) -> HttpResponse:
    """Change a file; who saves second is shown what the first has changed."""
    kept = WrittenRule.objects.filter(name=storable(name)).first()
    if kept is None:
        raise Http404
    if request.method != "POST":
        return _show(request, name=name, text=kept.text, kept=kept)
    text, seen = _posted(request, "text"), number(request.POST.get("seen", ""))
    try:
        change(kept.name, text, current_user(request), seen=seen or 0)
    except StaleEdit:
        return _show_stale(request, name, text)
    except ConfigError as error:
        return _show(request, name=name, text=text, kept=kept, error=str(error), status=HTTPStatus.BAD_REQUEST)
    return _saved(request, kept.name, text)


@needs(Action.WRITE_RULES)
@require_POST
def drop(request: HttpRequest, name: str) -> HttpResponse:
    """Remove a file."""
    try:
        remove(storable(name), seen=number(request.POST.get("seen", "")) or 0)
    except StaleEdit as error:
        messages.error(request, f"{error}. Nothing was removed.")
        is_there = WrittenRule.objects.filter(name=storable(name)).exists()
        return redirect("rule-written", name) if is_there else redirect("rules")
    messages.success(request, f"'{name}.yml' is removed; its rules ring no more.")
    return redirect("rules")


@needs(Action.WRITE_RULES)
@require_POST
def check_draft(request: HttpRequest) -> HttpResponse:
    """What is wrong with a text, and whether its tests hold: a part of the editor."""
    return _part(request, "checked", _read_checked(_posted(request, "text")))


@needs(Action.WRITE_RULES)
@require_POST
def rehearse(request: HttpRequest) -> HttpResponse:
    """Begin to run a text over the last days: a part of the editor, which asks on by itself."""
    checked = check(_posted(request, "text"))
    if not checked.ringing:
        return _part(request, "rehearsal", {"refused": "No rule here can ring yet: mend the errors first."})
    try:
        job = rehearsals.start(checked.ringing, checked.rules.by_id, store(), current_user(request).pk)
    except (rehearsals.TooManyError, StoreError) as error:
        return _part(request, "rehearsal", {"refused": str(error)})
    return _show_job(request, job)


@needs(Action.WRITE_RULES)
@require_safe
def rehearsal(request: HttpRequest, job_id: str) -> HttpResponse:
    """How far a rehearsal is, or what came of it."""
    return _show_job(request, rehearsals.find(job_id, current_user(request).pk))


@needs(Action.WRITE_RULES)
@require_POST
def stop(request: HttpRequest, job_id: str) -> HttpResponse:
    """End a rehearsal; what it has found so far is its result."""
    job = rehearsals.find(job_id, current_user(request).pk)
    if job is not None:
        job.is_stopped.set()
    return _show_job(request, job)


def _show_job(request: HttpRequest, job: rehearsals.Job | None) -> HttpResponse:
    if job is None:
        return _part(request, "rehearsal", {"refused": "This rehearsal is gone; begin another one."})
    return _part(request, "rehearsal", {"page": read_rehearsal(job)})


def _first_text(request: HttpRequest) -> str:
    asked = request.GET
    text: str | None = TEMPLATE
    if "copy" in asked:
        text = read_copy(storable(asked["copy"]))
    elif "source" in asked:
        try:
            text = read_draft(asked["source"], asked.get("id", ""), _moment(asked.get("at", "")))
        except (StoreError, BusyError) as error:
            messages.error(request, str(error))
    if text is None:
        raise Http404
    return text


def _moment(text: str) -> int | None:
    """A moment in microseconds since 1970."""
    at_us = number(text.removeprefix("-"))
    return -at_us if at_us is not None and text.startswith("-") else at_us


def _posted(request: HttpRequest, name: str) -> str:
    """A text of a form, with the line ends that it had before a browser sent it."""
    return storable(request.POST.get(name, "")).replace("\r\n", "\n")


def _show(
    request: HttpRequest,
    *,
    name: str,
    text: str,
    kept: WrittenRule | None = None,
    error: str = "",
    status: int = HTTPStatus.OK,
    **more: Any,  # noqa: ANN401
) -> HttpResponse:
    return render_page(
        request,
        "editor",
        title=f"{kept.name}.yml" if kept else "New rule",
        status=status,
        file=name,
        text=text,
        kept=kept,
        error=error,
        has_plots=True,
        has_editor=True,
        days=rehearsals.SPAN.days,
        **_read_checked(text),
        **more,
    )


def _show_stale(request: HttpRequest, name: str, text: str) -> HttpResponse:
    """Somebody else was faster: their change, beside the text that was not saved."""
    kept = WrittenRule.objects.select_related("user").filter(name=storable(name)).first()
    if kept is None:
        error = f"'{name}.yml' was removed in the meantime. Save it under a name to have it again."
        return _show(request, name=name, text=text, error=error, status=HTTPStatus.CONFLICT)
    changes = diff(_posted(request, "base"), kept.text)
    return _show(request, name=name, text=text, kept=kept, theirs=changes, is_stale=True, status=HTTPStatus.CONFLICT)


def _saved(request: HttpRequest, name: str, text: str) -> HttpResponse:
    errors = check(text).errors
    if errors:
        words = f"Saved '{name}.yml' with {errors} error{'' if errors == 1 else 's'}: such a rule does not ring."
        messages.warning(request, words)
    else:
        messages.success(request, f"Saved '{name}.yml'. The detector takes it up within a second or two.")
    return redirect("rule-written", name)


def _read_checked(text: str) -> dict[str, Any]:
    checked = check(text)
    tests = run_tests(checked)
    return {"checked": checked, "tests": tests, "failed": sum(each.failure is not None for each in tests)}


def _part(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    response = render(request, f"web/rules/{name}.html", context)
    response.headers["Cache-Control"] = "no-store"
    return response
