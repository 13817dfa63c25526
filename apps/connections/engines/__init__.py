"""The engines: one file each, one line here."""

from apps.common.plugins import Registry
from apps.connections.engines.contract import Engine

ENGINES: Registry[Engine] = Registry(
    "engine",
    {
        "bigquery": "apps.connections.engines.bigquery.BigQuery",
        "duckdb": "apps.connections.engines.duckdb.DuckDB",
        "lake": "apps.connections.engines.lake.Lake",
        "mysql": "apps.connections.engines.mysql.MySQL",
        "postgres": "apps.connections.engines.postgres.Postgres",
        "redshift": "apps.connections.engines.redshift.Redshift",
        "snowflake": "apps.connections.engines.snowflake.Snowflake",
        "sqlite": "apps.connections.engines.sqlite.SQLite",
    },
)
