"""A person's reports."""

from __future__ import annotations

from django.http import HttpResponse
from django.views.decorators.vary import vary_on_headers

from carbontrack.http import PersonRequest
from emissions.days import local_today
from emissions.forms.reports import ReportForm
from emissions.reports.preparing import PersonalRequest
from emissions.services.reporting import personal_request
from emissions.views.reports import shared

PLACE = shared.Place(
    "emissions:report", "emissions:report-prepare", "emissions:report-progress", "emissions:report-file"
)


def report(request: PersonRequest) -> HttpResponse:
    """The report of `?period=2026`, of a quarter, or of the months from `since` to `until`.

    Besides the caller's profile it costs a Query of totals, the entries of the period (at most 2,000 of them)
    and a Query of the audit trail. With more entries, two GetItems: a job reads them.
    """
    form = ReportForm(request.GET, today=local_today(request.profile.preferences.time_zone))
    if not form.is_valid() or form.chosen is None:
        return shared.refused_page(request, PLACE, form)
    asked = PersonalRequest.read(request.profile, form.chosen)
    return shared.report_page(request, PLACE, form, asked)


def report_prepare(request: PersonRequest) -> HttpResponse:
    form = ReportForm(request.POST, today=local_today(request.profile.preferences.time_zone))
    if not form.is_valid() or form.chosen is None:
        return shared.refused_page(request, PLACE, form)
    return shared.prepare(request, PLACE, PersonalRequest.read(request.profile, form.chosen))


@vary_on_headers("HX-Request")
def report_progress(request: PersonRequest, report_id: str) -> HttpResponse:
    return shared.progress_page(request, PLACE, personal_request(request.profile, report_id))


def report_file(request: PersonRequest, report_id: str) -> HttpResponse:
    return shared.report_file(request, PLACE, personal_request(request.profile, report_id))
