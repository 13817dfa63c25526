"""The outbox: mails that became files because no mail server is configured. A person reads those of their teams."""

from __future__ import annotations

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from apps.alerts.models import Delivery
from apps.alerts.outbox.mailfile import SavedMail, saved_mail, saved_mails
from apps.teams.adminsite import page
from apps.teams.permissions import allowed, grant_of


@require_GET
def outbox(request: HttpRequest) -> HttpResponse:
    """The newest mails, the latest first."""
    mails = _readable(request, saved_mails(settings.EMAIL_OUTBOX))
    context = {"mails": mails, "configured": settings.EMAIL_CONFIGURED}
    return page(request, "alerts/outbox.html", context, title="Outbox")


@require_GET
def mail(request: HttpRequest, name: str) -> HttpResponse:
    """One mail, as text and as HTML in a frame that may run and load nothing."""
    found = saved_mail(settings.EMAIL_OUTBOX, name)
    if found is None or not _readable(request, [found]):
        raise Http404
    return page(request, "alerts/mail_page.html", {"mail": found}, title=found.subject)


def _readable(request: HttpRequest, mails: list[SavedMail]) -> list[SavedMail]:
    """Those whose delivery the person may see, or that are their own."""
    deliveries = Delivery.objects.filter(key__in={mail.delivery for mail in mails})
    keys = set(allowed(deliveries, grant_of(request.user), team="channel__team").values_list("key", flat=True))
    keys |= set(deliveries.filter(channel__person=request.user.pk).values_list("key", flat=True))
    return [mail for mail in mails if mail.delivery in keys]
