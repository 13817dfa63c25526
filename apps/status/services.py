"""The door of status pages: what they show, their links, and what is said on them."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils.text import slugify

from apps.alerts.models import Incident
from apps.alerts.services import planned_maintenance
from apps.common.errors import InvalidInput
from apps.rules.models import Rule, RuleState
from apps.status import links
from apps.status.board import Asked, Board, board_of, first_moment
from apps.status.choosing import Choice
from apps.status.gathering import gather
from apps.status.models import Product, PublicUpdate, StatusPage
from apps.status.notice import Maintenance, maintenance_of
from apps.status.proposing import propose
from apps.status.values import board_values
from apps.status.view import Shown
from apps.teams.models import Team, User

__all__ = ["board_values", "make_link", "post_update", "propose_page", "revoke_link", "show", "take_back_update"]

TEXT_LIMIT = 1000


def show(*, page: StatusPage, now: datetime) -> Shown:
    """The page as it stands, in eleven statements however much there is."""
    zone = ZoneInfo(page.timezone)
    asked = [_asked(product) for product in page.products.prefetch_related("rules")]
    gathered = gather(page.team_id, first_moment(zone, now), now)
    board = board_of(asked, gathered, zone=zone, days=page.days, now=now)
    return Shown(page, board, _updates(board), _maintenance(page, board, now))


def _asked(product: Product) -> Asked:
    # The rules were fetched beforehand, for all products at once.
    rules = frozenset(rule.pk for rule in product.rules.all())
    choice = Choice(rules, tuple(product.tables), frozenset(product.tags))
    return Asked(product.pk, product.name, product.description, product.target, choice)


def _updates(board: Board) -> dict[int, list[PublicUpdate]]:
    incidents = {pk for episode in board.episodes for pk in episode.incidents}
    found: dict[int, list[PublicUpdate]] = {}
    for update in PublicUpdate.objects.filter(incident__in=incidents, taken_back_at=None):
        found.setdefault(update.incident_id, []).append(update)
    return found


def _maintenance(page: StatusPage, board: Board, now: datetime) -> list[Maintenance]:
    planned = planned_maintenance(team_id=page.team_id, now=now)
    return maintenance_of(planned, board.products)


@transaction.atomic
def make_link(*, page: StatusPage, now: datetime) -> str:
    """Make a public link, in place of the one that there is. Returns its address."""
    links.make_link(page, now)
    return links.address_of(page)


@transaction.atomic
def revoke_link(*, page: StatusPage) -> None:
    """End the public link."""
    links.revoke_link(page)


@transaction.atomic
def post_update(*, incident: Incident, text: str, user: User, now: datetime) -> PublicUpdate:
    """Tell the readers of status pages something about the incident. Raises InvalidInput for an empty or long text."""
    words = text.strip()
    if not words or len(words) > TEXT_LIMIT:
        raise InvalidInput(f"Write what readers should know, in at most {TEXT_LIMIT:,} characters.", field="text")
    return PublicUpdate.objects.create(incident=incident, at=now, text=words, user=user, by_name=str(user)[:150])


@transaction.atomic
def take_back_update(*, update: PublicUpdate, now: datetime) -> None:
    """Show it to nobody any more."""
    if update.taken_back_at is None:
        update.taken_back_at = now
        update.save()


@transaction.atomic
def propose_page(*, team: Team) -> StatusPage:
    """Make a page of the team's data: a product per tag or per schema. Nobody else sees it until it has a link."""
    rules = Rule.objects.filter(team=team)
    tags = list(rules.values_list("tags", flat=True))
    states = RuleState.objects.filter(rule__team=team).exclude(table="").order_by()
    tables = list(states.values_list("schema", "table"))
    slug = _free_slug(team)
    page = StatusPage.objects.create(team=team, name=f"Data of {team.name}"[:100], slug=slug, timezone=team.timezone)
    for position, each in enumerate(propose(tags, tables), start=1):
        Product.objects.create(
            page=page, name=each.name, tags=list(each.tags), tables=list(each.tables), position=position * 10
        )
    return page


def _free_slug(team: Team) -> str:
    taken = set(StatusPage.objects.filter(team=team).values_list("slug", flat=True))
    base = slugify(team.name)[:50] or "data"
    return next(slug for slug in (base, *(f"{base}-{number}" for number in range(2, 1000))) if slug not in taken)
