"""What of a row may be shown: personal values are masked, keys are not."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from apps.rules.kinds.masking import LONGEST, MASK, is_personal, masked, shown_values


@pytest.mark.parametrize(
    "column",
    ["email", "customer_email", "customerEmail", "E-Mail", "Email Address", "phone", "phone2", "mobile_phone",
     "first_name", "lastName", "customer_name", "name", "date_of_birth", "birthday", "iban", "card_number",
     "street_address", "ZipCode", "password_hash", "apiKey", "client_ip", "tax_id", "National ID", "user_name"],
)  # fmt: skip
def test_a_column_that_is_called_personal_is_masked(column: str) -> None:
    assert is_personal(column)
    assert masked(column, 17) == masked(column, "x") == MASK


@pytest.mark.parametrize(
    "column",
    ["id", "order_id", "customer_id", "address_id", "card_id", "tokenId", "country", "status", "product_name",
     "table_name", "shipped_at", "description", "zipped", "template", "latest", "pinned", "amount"],
)  # fmt: skip
def test_a_column_that_is_not_is_shown(column: str) -> None:
    assert not is_personal(column)
    assert masked(column, 17) == "17"


@pytest.mark.parametrize(
    "value",
    ["write to ann@example.com", b"ann@example.com", "+49 170 1234567", "(030) 1234-5678", "4111 1111 1111 1111",
     "DE89 3704 0044 0532 0130 00", "DE89370400440532013000", "sk_live_4eC39HqLyjWD", "eyJhbGciOi.eyJzdWIi.x"],
)  # fmt: skip
def test_a_value_that_looks_personal_is_masked_in_any_column(value: Any) -> None:
    assert masked("note", value) == MASK


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (123456789012, "123456789012"),
        (Decimal("1234567890.12"), "1234567890.12"),
        ("550e8400-e29b-41d4-a716-446655440000", "550e8400-e29b-41d4-a716-446655440000"),
        ("ORD-2026-000012345", "ORD-2026-000012345"),
        (date(2026, 11, 21), "2026-11-21"),
        (datetime(2026, 11, 21, 3, tzinfo=UTC), "2026-11-21 03:00:00+00:00"),
        ("2026-11-21 03:00:00", "2026-11-21 03:00:00"),
        (None, "NULL"),
        ("", "an empty text"),
        ("  ", "a text of spaces"),
        (b"draft", "draft"),
        (True, "True"),
        ("x" * 81, "x" * LONGEST + "…"),
    ],
)
def test_keys_times_and_other_values_are_shown_in_words(value: Any, shown: str) -> None:
    assert masked("reference", value) == shown


def test_a_row_is_a_line_with_the_names_of_its_columns() -> None:
    assert shown_values(("id", "email"), [(1, "a@b.c"), (2, None)]) == [f"id 1, email {MASK}", "id 2, email NULL"]
