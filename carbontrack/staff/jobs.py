"""Jobs: what runs, waits, has failed and why. Filters and the place in the list are in the address."""

from __future__ import annotations

import re
from contextlib import suppress
from urllib.parse import urlencode
from uuid import UUID

from django import forms
from django.contrib import messages
from django.core.signing import BadSignature, Signer
from django.db.models import Q, QuerySet, TextField
from django.db.models.functions import Cast
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.template.response import TemplateResponse
from django.views.decorators.vary import vary_on_headers
from django_tasks_db.models import DBTaskResult

from carbontrack.dynamodb import InvalidCursor
from carbontrack.htmx import wants_partial
from carbontrack.http import PersonRequest
from carbontrack.staff import job_actions
from carbontrack.staff.job_rows import (
    KINDS,
    OTHER,
    State,
    StoredJob,
    argument_text,
    in_state,
    job_counts,
    job_rows,
    of_kind,
)

PAGE_SIZE = 25
_ID = re.compile(r"[0-9A-Za-z#-]{8,120}")


class JobFilterForm(forms.Form):
    """What the list is narrowed to; what is not understood narrows nothing."""

    q = forms.CharField(required=False, max_length=120)
    state = forms.ChoiceField(
        label="State",
        required=False,
        choices=[("", "Any state"), *((state.value, state.value.capitalize()) for state in State)],
    )
    kind = forms.ChoiceField(
        label="Kind",
        required=False,
        choices=[("", "Any kind"), *((kind.name, kind.label) for kind in (*KINDS, OTHER))],
    )

    @property
    def narrowed(self) -> dict[str, str]:
        """The filters that are used, as in an address."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    def rows(self) -> QuerySet[StoredJob]:
        """The jobs that fit, newest first."""
        wanted = self.narrowed
        rows = in_state(State(wanted["state"])) if "state" in wanted else DBTaskResult.objects.all()
        for kind in (*KINDS, OTHER):
            if wanted.get("kind") == kind.name:
                rows = of_kind(rows, kind)
        if "q" in wanted:
            rows = _about(rows, wanted["q"].strip())
        return rows.order_by("-pk")


def _about(rows: QuerySet[StoredJob], text: str) -> QuerySet[StoredJob]:
    """The job of that id, and jobs that were given it: those of a person, an import, an organization."""
    if not _ID.fullmatch(text):
        return rows.none()
    found = Q(_arguments__contains=f'"{text}"') | Q(_arguments__contains=f'#{text}"')
    with suppress(ValueError):
        found |= Q(pk=UUID(text))
    return rows.annotate(_arguments=Cast("args_kwargs", TextField())).filter(found)


@vary_on_headers("HX-Request")
def job_list(request: PersonRequest) -> HttpResponse:
    """Newest first, a page at a time."""
    form = JobFilterForm(request.GET)
    cursor = request.GET.get("cursor", "")
    found = list(_after(form.rows(), cursor)[: PAGE_SIZE + 1])
    shown = found[:PAGE_SIZE]
    more = len(found) > PAGE_SIZE
    context = {
        "form": form,
        "narrows": bool(form.narrowed),
        "rows": job_rows(shown),
        "counts": {state.value: count for state, count in job_counts().items()},
        "cursor": cursor,
        "next_query": urlencode({**form.narrowed, "cursor": _seal(shown[-1])}) if more else "",
        "first_query": urlencode(form.narrowed),
    }
    template = "staff/jobs/job_list.html"
    if wants_partial(request):
        return render(request, f"{template}#job-list", context)
    return TemplateResponse(request, template, context)


_cursors = Signer(salt="carbontrack.staff.jobs")


def _seal(result: StoredJob) -> str:
    return _cursors.sign(str(result.pk))


def _after(rows: QuerySet[StoredJob], cursor: str) -> QuerySet[StoredJob]:
    """What is older than where a page ended. The cursor goes on from a job, whatever the filters."""
    if not cursor:
        return rows
    try:
        return rows.filter(pk__lt=UUID(_cursors.unsign(cursor)))
    except (BadSignature, ValueError) as error:
        raise InvalidCursor("The cursor is not one of this list.") from error


@vary_on_headers("HX-Request")
def job_detail(request: PersonRequest, job_id: str) -> HttpResponse:
    result = _get(job_id)
    template = "staff/jobs/job_detail.html"
    context = {"job": job_rows([result])[0], "arguments": _named_arguments(result), "states": State}
    if wants_partial(request):
        return render(request, f"{template}#job-state", context)
    return TemplateResponse(request, template, context)


def job_retry(request: PersonRequest, job_id: str) -> HttpResponse:
    """The same work again, as a new job; sent twice, there is still one."""
    try:
        new_id = job_actions.retry(request.profile, _get(job_id))
    except job_actions.CannotBeRetried:
        messages.warning(
            request, "It was not started again: it has not failed, or its kind of work no longer exists."
        )
        return redirect("staff:job-detail", job_id)
    messages.success(request, "Started again: this is the new job.")
    return redirect("staff:job-detail", new_id)


_CANCELLED = {
    job_actions.Cancelled.REMOVED: "Taken out of the queue. It did nothing yet; “Try again” brings it back.",
    job_actions.Cancelled.ASKED: (
        "Asked to stop. It stops at its next word, within seconds; what it has done stays, "
        "and it can be started again."
    ),
    job_actions.Cancelled.ENDED: "Nobody worked on it any more, so it was ended. It can be started again.",
}


def job_cancel(request: PersonRequest, job_id: str) -> HttpResponse:
    outcome = job_actions.cancel(request.profile, _get(job_id))
    if outcome is job_actions.Cancelled.TOO_LATE:
        messages.warning(request, "It had ended already, so there was nothing to cancel.")
    else:
        messages.success(request, _CANCELLED[outcome])
    return redirect("staff:job-detail", job_id)


def _get(job_id: str) -> StoredJob:
    """A job by its id. Raises Http404."""
    try:
        return DBTaskResult.objects.get(pk=UUID(job_id))
    except (ValueError, DBTaskResult.DoesNotExist) as error:
        raise Http404 from error


def _named_arguments(result: StoredJob) -> list[tuple[str, str]]:
    """What the job was given: names, and values as far as they are ids."""
    values = result.args_kwargs["args"]
    names = [*job_actions.argument_names(result), *(f"argument {n}" for n in range(1, len(values) + 1))]
    named = {**dict(zip(names, values, strict=False)), **result.args_kwargs["kwargs"]}
    return [(name.replace("_", " "), argument_text(value)) for name, value in named.items()]
