"""What the name of a table says of its worth: the business that it holds, or that it is a copy, a stage or plumbing.

Names are English, as data stores mostly are. What a name does not say, size and rhythm must.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from apps.common.records import record
from apps.connections.services import TableName

# What decisions hang on in nearly every firm, and what they hang on in many: singular → as a sentence says it.
CORE = {
    "account": "accounts", "balance": "balances", "charge": "charges", "customer": "customers",
    "invoice": "invoices", "ledger": "the ledger", "mrr": "recurring revenue", "order": "orders",
    "payment": "payments", "payout": "payouts", "purchase": "purchases", "revenue": "revenue", "sale": "sales",
    "subscription": "subscriptions", "transaction": "transactions", "transfer": "transfers", "user": "users",
}  # fmt: skip
USEFUL = {
    "booking": "bookings", "claim": "claims", "client": "clients", "contract": "contracts",
    "conversion": "conversions", "delivery": "deliveries", "dispute": "disputes", "event": "events",
    "inventory": "the inventory", "loan": "loans", "member": "members", "merchant": "merchants",
    "policy": "policies", "posting": "postings", "price": "prices", "product": "products", "refund": "refunds",
    "reservation": "reservations", "session": "sessions", "settlement": "settlements", "shipment": "shipments",
    "signup": "sign-ups", "stock": "stock", "trade": "trades", "visit": "visits",
}  # fmt: skip


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


# Parts of a name that do not change what it is about: `fct_orders`, `order_items` and `orders_daily` are about orders.
FRAMES = _set(
    "fct fact dim mart rpt report agg tbl vw raw src stg int base the all by per hour day week month year "
    "item line entry detail row record header level daily hourly weekly monthly summary v"
)
DETAILS = _set("item line detail row summary")  # order_items are about orders, but orders come first
# Heads that make the rest a remark: payment_methods are no payments.
LOOKUPS = _set(
    "type status category method setting preference config option role permission reason template tag flag address "
    "note comment image token key device attribute group code segment"
)
COPY = _set(
    "tmp temp test testing bak bck backup old copy deleted deprecated obsolete unused dump archive archived orig "
    "legacy scratch dummy"
)
PRIVATE_SCHEMAS = COPY | _set("sandbox playground dev development personal")
STAGES = _set("stg staging stage int intermediate prep wrk landing")
RAW_SCHEMAS = _set("raw source src airbyte fivetran stitch bronze")
FINISHED = _set("fct fact dim mart rpt")
FINISHED_SCHEMAS = _set("mart gold reporting analytics bi dwh warehouse presentation")
PLUMBING = _set(
    "audit log queue job cache lock migration outbox heartbeat changelog webhook idempotency cron sidekiq history "
    "snapshot attempt notification trace infra monitoring"
)
FRAMEWORKS = re.compile(
    r"_*(django|alembic|flyway|liquibase|databasechangelog|prisma|knex|goose|schema_migrations|ar_internal|celery"
    r"|spatial_ref_sys|sqlite|airbyte|fivetran|dlt|dbt|pg)(_|$|lock$)",
    re.IGNORECASE,
)
DATED = re.compile(r"(?<!\d)(19|20)\d\d([_-]?(0[1-9]|1[0-2])([_-]?(0[1-9]|[12]\d|3[01]))?)?(?!\d)")
DEVELOPER = re.compile(r"dbt_(?!prod|production|cloud|mart|analytics)[a-z]+$", re.IGNORECASE)
WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


class Caution(NamedTuple):
    """Why a table is not advised: what kind of table it is, what that costs, and a sentence."""

    part: str
    points: int
    sentence: str


@record
class NameSigns:
    """What a name says. `worth` goes from 0 to 1; `about` is what the table then holds. `finished`: made to be read by
    people; `raw`: as it came from elsewhere."""

    about: str = ""
    worth: float = 0.0
    finished: bool = False
    raw: bool = False
    caution: Caution | None = None


@lru_cache(maxsize=20_000)
def signs_of(table: TableName) -> NameSigns:
    """Read a name."""
    words, schema = words_of(table.name), set(words_of(table.schema))
    about, worth = _subject(words, words_of(table.schema))
    return NameSigns(
        about=about,
        worth=worth,
        finished=bool(set(words[:1]) & FINISHED or schema & FINISHED_SCHEMAS),
        raw=bool(schema & RAW_SCHEMAS),
        caution=_caution(table, words, schema),
    )


def _subject(words: list[str], schema: list[str]) -> tuple[str, float]:
    """What the name is about. The last word that counts is its head; a word before it only says of what. Where none
    counts, the schema speaks: ledger.entries are the ledger."""
    told = [word for word in words if word not in FRAMES] or schema
    if not told or told[-1] in LOOKUPS:
        return "", 0.0
    head, plain = told[-1], len(told) == 1 and not DETAILS & set(words)
    if head in CORE:
        return CORE[head], 1.0 if plain else 0.85
    if head in USEFUL:
        return USEFUL[head], 0.7 if plain else 0.6
    of_what = next((word for word in reversed(told) if word in CORE or word in USEFUL), "")
    return (CORE.get(of_what) or USEFUL[of_what], 0.35) if of_what else ("", 0.0)


def _caution(table: TableName, words: list[str], schema: set[str]) -> Caution | None:
    ends = [word for word in (words[:1] + words[-1:]) if word in COPY]
    if FRAMEWORKS.match(table.name):
        return Caution("plumbing", -40, "It belongs to a tool, not to the business.")
    if ends:
        return Caution("copy", -60, f"Its name looks like a copy or a test (“{ends[0]}”).")
    if dated := DATED.search(table.name):
        return Caution("copy", -60, f"Its name carries a date ({dated[0]}): a copy, or one part of something larger.")
    if private := sorted(schema & PRIVATE_SCHEMAS):
        return Caution("copy", -60, f"Its schema is a place for trials or copies (“{private[0]}”).")
    if DEVELOPER.match(table.schema):
        return Caution("copy", -60, f"Its schema {table.schema} looks like one developer's own.")
    if set(words[:1]) & STAGES or schema & STAGES:
        return Caution("stage", -40, "It is a stage on the way to other tables.")
    if found := [word for word in (*sorted(schema), *words) if word in PLUMBING]:
        return Caution("plumbing", -25, f"By its name (“{found[-1]}”) it serves the business rather than being it.")
    return None


def words_of(name: str) -> list[str]:
    """The words of a name in small letters, in the singular: `OrderItems` and `order_items` are order, item."""
    return [_singular(word.lower()) for word in WORDS.findall(name)]


def _singular(word: str) -> str:
    if len(word) < 4:
        return word
    if word.endswith("ies"):
        return f"{word[:-3]}y"
    if word.endswith(("sses", "uses")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith(("ss", "us")) else word
