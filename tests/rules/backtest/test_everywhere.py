"""The past is read back from every engine by the same statement."""

from __future__ import annotations

from datetime import timedelta

from apps.connections.services import save_connection
from apps.rules.services import RuleDraft, backtest
from apps.teams.models import Team
from tests.connections import conftest as connections
from tests.connections.stores import Store, at_home
from tests.rules.conftest import NIGHT

bigquery_store, duckdb_store = connections.bigquery_store, connections.duckdb_store
lake_store, mysql_store = connections.lake_store, connections.mysql_store
postgres_store, redshift_store = connections.postgres_store, connections.redshift_store
snowflake_store, sqlite_store = connections.snowflake_store, connections.sqlite_store
store = connections.store


def test_rows_are_counted_and_loads_are_told_by_value(store: Store, team: Team) -> None:
    noons = [NIGHT.replace(hour=12) - timedelta(days=back) for back in range(1, 40)]
    values = [f"('{noon:%Y-%m-%d %H:%M:%S}', '{country}')" for noon in noons for country in ("DE", "FR")
              for _ in range(1 if country == "FR" and (NIGHT - noon).days == 4 else 3)]  # fmt: skip
    text = "varchar(9) CHARACTER SET utf8mb4" if store.key == "mysql" else "varchar(9)"
    store.execute(f"CREATE TABLE t (seen {store.naive}, country {text})", f"INSERT INTO t VALUES {', '.join(values)}")
    shop = save_connection(team=team, name="shop", engine=store.key, settings=store.settings())
    seen, country = store.plain("seen"), store.plain("country")

    def tried(kind: str, **settings: str) -> str:
        draft = RuleDraft("Rule", shop, kind, str(at_home(store, "t")), settings=settings)
        return backtest(draft=draft, days=30, may_spend=True, now=NIGHT).sentence

    assert "once in the last 30 days: on 17 November." in tried("volume", column=seen, drop="50%", by=country)
    assert "Would not have alerted" in tried("volume", column=seen, drop="50%", where=f"{country} = 'DE'")
    assert "Would not have alerted" in tried("freshness", column=seen, every="1d", tolerance="10m")
    assert "31 times" in tried("freshness", column=seen, every="12h", tolerance="10m")
