"""Publishing an edition and withdrawing one: a look at what follows, and a button."""

from __future__ import annotations

from http import HTTPStatus

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.utils.formats import date_format

from carbontrack import clock
from carbontrack.http import PersonRequest
from emissions.domain.publications import PLATFORM, Publication, PublicationState
from emissions.factors.differences import Differences
from emissions.forms.publications import PublishForm, WithdrawForm
from emissions.repositories.publications import PublicationIncomplete, PublicationRepository
from emissions.services.publishing.deciding import effect_of, publish, withdraw
from emissions.services.publishing.errors import PublicationRefused

_INCOMPLETE = "Some of its factors are not stored, so none can be used. Upload the file once more."


def publication_publish(request: PersonRequest, publication_id: str) -> HttpResponse:
    """When, and what follows; a POST puts it in force."""
    publication = PublicationRepository(PLATFORM).get(publication_id)
    if not publication.is_draft:
        messages.info(request, "It has been published before.")
        return redirect("staff:publication-detail", publication_id)
    today = clock.now().date()
    if request.method != "POST":
        form = PublishForm(today=today, version=publication.version)
        return _page(request, "staff/factors/publish.html", publication, form)
    form = PublishForm(request.POST, today=today, version=publication.version)
    if form.is_valid():
        said = form.cleaned_data
        try:
            published = publish(
                request.profile,
                publication,
                publish_on=said["publish_on"],
                seen_version=said["seen_version"],
            )
        except PublicationRefused as refused:
            form.add_error(None, refused.message)
        except PublicationIncomplete:
            form.add_error(None, _INCOMPLETE)
        else:
            messages.success(request, _published_words(published))
            return redirect("staff:publication-detail", publication_id)
    return _page(
        request, "staff/factors/publish.html", publication, form, status=HTTPStatus.UNPROCESSABLE_ENTITY
    )


def _published_words(published: Publication) -> str:
    if published.publish_on is not None:
        return f"It will be in force from {date_format(published.publish_on, 'j F Y')} on."
    return "Published. Within half a minute everybody’s new entries go by it; what is logged stays as it is."


def publication_withdraw(request: PersonRequest, publication_id: str) -> HttpResponse:
    """What follows, and why; a POST ends it."""
    publication = PublicationRepository(PLATFORM).get(publication_id)
    if publication.state is not PublicationState.PUBLISHED:
        messages.info(request, "It is not published, so there is nothing to withdraw.")
        return redirect("staff:publication-detail", publication_id)
    if request.method != "POST":
        form = WithdrawForm(version=publication.version)
        return _page(request, "staff/factors/withdraw.html", publication, form)
    form = WithdrawForm(request.POST, version=publication.version)
    if form.is_valid():
        said = form.cleaned_data
        withdraw(request.profile, publication, reason=said["reason"], seen_version=said["seen_version"])
        messages.success(request, "Withdrawn. What was in force before it is in force again.")
        return redirect("staff:publication-detail", publication_id)
    return _page(
        request, "staff/factors/withdraw.html", publication, form, status=HTTPStatus.UNPROCESSABLE_ENTITY
    )


def _page(
    request: PersonRequest,
    template: str,
    publication: Publication,
    form: PublishForm | WithdrawForm,
    *,
    status: int = HTTPStatus.OK,
) -> HttpResponse:
    context = {"publication": publication, "form": form, "differences": _differences(publication)}
    return TemplateResponse(request, template, context, status=status)


def _differences(publication: Publication) -> Differences | None:
    try:
        return effect_of(publication).differences
    except PublicationIncomplete:
        return None
