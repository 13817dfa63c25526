"""The script that makes a Snowflake user which can only read."""

from __future__ import annotations

from collections.abc import Sequence

from apps.connections.engines.dialect import Dialect

ROLE, USER, WAREHOUSE = "MIDWATCH_READER", "MIDWATCH", "MIDWATCH_WH"
KEY = """
-- A user that logs in with a key alone. Make the key on your own machine:
--   openssl genrsa 2048 | openssl pkcs8 -topk8 -v2 aes256 -inform PEM -out midwatch.p8
--   openssl rsa -in midwatch.p8 -pubout -out midwatch.pub
-- Put in here what stands between the first and the last line of midwatch.pub; midwatch.p8 goes into Midwatch.
CREATE USER IF NOT EXISTS {user} TYPE = SERVICE DEFAULT_ROLE = {role} DEFAULT_WAREHOUSE = {warehouse}
  RSA_PUBLIC_KEY = 'MIIB...';
GRANT ROLE {role} TO USER {user};
"""


def grant_script(sql: Dialect, *, database: str, warehouse: str, schemas: Sequence[str]) -> str:
    """Statements for a worksheet. Names are as stored; without a `warehouse` the script makes a small one."""
    lines = ["-- Run this as ACCOUNTADMIN.", f"CREATE ROLE IF NOT EXISTS {ROLE};"]
    if not warehouse:
        lines.append(
            f"CREATE WAREHOUSE IF NOT EXISTS {WAREHOUSE} WAREHOUSE_SIZE = XSMALL AUTO_SUSPEND = 60 AUTO_RESUME = TRUE "
            "INITIALLY_SUSPENDED = TRUE;"
        )
    used = sql.name(warehouse or WAREHOUSE)
    lines += [
        f"GRANT USAGE ON WAREHOUSE {used} TO ROLE {ROLE};",
        f"GRANT USAGE ON DATABASE {sql.name(database)} TO ROLE {ROLE};",
    ]
    for schema in schemas:
        name = f"{sql.name(database)}.{sql.name(schema)}"
        lines.append(f"GRANT USAGE ON SCHEMA {name} TO ROLE {ROLE};")
        lines += [
            f"GRANT SELECT ON {which} {kind} IN SCHEMA {name} TO ROLE {ROLE};"
            for kind in ("TABLES", "VIEWS")
            for which in ("ALL", "FUTURE")
        ]
    return "\n".join(lines) + "\n" + KEY.format(user=USER, role=ROLE, warehouse=used)
