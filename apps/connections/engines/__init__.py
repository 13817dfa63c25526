"""The engines: one file each, one line here."""

from apps.common.plugins import Registry
from apps.connections.engines.contract import Engine

ENGINES: Registry[Engine] = Registry(
    "engine",
    {
        "bigquery": "apps.connections.engines.bigquery.BigQuery",
        "duckdb": "apps.connections.engines.duckdb.DuckDB",
        "mysql": "apps.connections.engines.mysql.MySQL",
        "postgres": "apps.connections.engines.postgres.Postgres",
        "sqlite": "apps.connections.engines.sqlite.SQLite",
    },
)
