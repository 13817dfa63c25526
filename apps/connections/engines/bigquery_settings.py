"""What a person says of a BigQuery project, and how much reading it may cost."""

from __future__ import annotations

import re
from typing import Annotated

from pydantic import AfterValidator, Field, SecretStr, field_validator

from apps.common import plugins
from apps.common.sizes import Bytes, bytes_words
from apps.connections.engines.bigquery_catalogue import COLUMNS_BYTES
from apps.connections.engines.bigquery_key import read_key

GIGABYTE = 1_000_000_000
LIST_PRICE = 6.25  # US dollars per TiB: page "BigQuery pricing", On-demand compute pricing, most locations
PROJECT = re.compile(r"([a-z0-9.-]+:)?[a-z][a-z0-9-]*[a-z0-9]")


def _check_project(project: str) -> str:
    if not PROJECT.fullmatch(project):
        raise ValueError(
            f"{project!r} is no project id; write the id, such as shop-prod-1234, not the project's name or number"
        )
    return project


def _check_limit(count: int) -> int:
    if count < COLUMNS_BYTES:
        raise ValueError(f"must be {bytes_words(COLUMNS_BYTES)} or more, the least that BigQuery ever bills")
    return count


class BigQuerySettings(plugins.Settings):
    """Which project to watch, as whom, and how much may be billed.

    The price is the list price of on-demand queries (page "BigQuery pricing"); some locations cost more.
    """

    project: Annotated[str, AfterValidator(_check_project)] = Field(
        title="Project", description="The id of the Google Cloud project, such as shop-prod-1234.", min_length=1
    )
    datasets: tuple[str, ...] = Field(
        (), title="Datasets", description="The datasets to watch. Empty: all that the account can see."
    )
    service_account_json: SecretStr = Field(
        SecretStr(""),
        title="Service account key",
        description="The whole JSON file of the key. Empty: the machine's own application default credentials.",
    )
    location: str = Field(
        "",
        title="Location",
        description="Where the datasets are, such as EU or europe-west3. Empty: wherever they are.",
    )
    max_bytes_per_query: Annotated[Bytes, AfterValidator(_check_limit)] = Field(
        GIGABYTE,
        title="Most bytes per query",
        description="A query that would be billed more is refused before it runs. Write it like 500 MB or 1 GB.",
    )
    max_bytes_per_day: Bytes | None = Field(
        50 * GIGABYTE,
        title="Most bytes per day",
        description="Once so much was billed on a day (UTC), checks that read data wait for the next. Write it like "
        "50 GB or 1.5 TB.",
    )
    price_per_tib: float = Field(
        LIST_PRICE,
        title="Price per TiB",
        description="What Google bills for reading a TiB, in US dollars. 0 where you pay by slots.",
        ge=0,
        allow_inf_nan=False,
    )

    @field_validator("service_account_json")
    @classmethod
    def _whole(cls, secret: SecretStr) -> SecretStr:
        read_key(secret.get_secret_value())
        return secret
