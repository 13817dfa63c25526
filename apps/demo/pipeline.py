"""What the demo's pipeline writes: one load brings the warehouse from where the last one ended up to a given moment.

Everything is drawn from the plan of the hours, the ids and a seed, so many small loads write the same orders as one big
one. Statements work on whole sets; 90 days take a few seconds. Times are UTC; `now` is aware.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import duckdb

from apps.demo.shape import HourPlan, Shape

FIRST_CUSTOMERS = 1500
PRODUCTS = 120
REVIEW = timedelta(minutes=10)  # one product after the other gets a new price and stock, one each this long

TABLES = """
CREATE TABLE customers (
    customer_id BIGINT, country VARCHAR, segment VARCHAR, newsletter BOOLEAN,
    created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE products (
    product_id BIGINT, sku VARCHAR, name VARCHAR, category VARCHAR, price DECIMAL(10, 2), stock INTEGER,
    created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE orders (
    order_id BIGINT, customer_id BIGINT, status VARCHAR, amount DECIMAL(10, 2), parcel_scans INTEGER,
    created_at TIMESTAMP, updated_at TIMESTAMP);
CREATE TABLE order_items (
    item_id BIGINT, order_id BIGINT, product_id BIGINT, quantity INTEGER, unit_price DECIMAL(10, 2),
    created_at TIMESTAMP);
CREATE TABLE payments (
    payment_id BIGINT, order_id BIGINT, method VARCHAR, amount DECIMAL(10, 2), created_at TIMESTAMP);
-- The pipeline's own notes: since when the shop exists, and up to when each source was loaded.
CREATE SCHEMA pipeline;
CREATE TABLE pipeline.shop (origin TIMESTAMP, seed BIGINT);
CREATE TABLE pipeline.bookmarks (source VARCHAR, loaded_until TIMESTAMP);
"""

# A number from 0 up to 1 that depends on nothing but the seed, a name and an id.
DRAW = """
CREATE OR REPLACE TEMP MACRO draw(name, id) AS (hash({seed}, name, id) % 1000003) / 1000003.0;
CREATE OR REPLACE TEMP MACRO country_of(id) AS
    ['DE', 'DE', 'DE', 'DE', 'FR', 'FR', 'NL', 'AT', 'ES', 'IT'][1 + floor(draw('country', id) * 10)::INT];
CREATE OR REPLACE TEMP MACRO base_price(id) AS round(6 + 150 * pow(draw('price', id), 2), 2);
CREATE OR REPLACE TEMP MACRO segment_of(id) AS CASE WHEN draw('segment', id) < 0.15 THEN 'business' ELSE 'private' END;
"""

FIRST_PRODUCTS = """
INSERT INTO products
SELECT id, format('SHOP-{:04d}', id),
    ['Oak', 'Linen', 'Steel', 'Cotton', 'Glass', 'Walnut'][1 + id % 6] || ' '
        || ['lamp', 'chair', 'rug', 'shelf', 'mug'][1 + id % 5] || ' ' || (1 + id // 30),
    ['light', 'furniture', 'textiles', 'furniture', 'kitchen'][1 + id % 5],
    base_price(id), (20 + 300 * draw('stock', id))::INT,
    $origin - to_days((30 + 300 * draw('listed', id))::INT), $origin
FROM range(1, $products + 1) AS listed(id)
"""
OPENING_CUSTOMERS = """
INSERT INTO customers
SELECT id, country_of(id), segment_of(id), draw('newsletter', id) < 0.4, since, since
FROM (SELECT id, $origin - to_minutes((525600 * (1 - id / $customers))::BIGINT) AS since
      FROM range(1, $customers + 1) AS first(id))
"""

REVIEW_PRODUCTS = """
UPDATE products
SET price = round(base_price(product_id) * (0.9 + 0.2 * draw('review', epoch(reviewed)::BIGINT)), 2),
    stock = (20 + 300 * draw('stock', epoch(reviewed)::BIGINT))::INT, updated_at = reviewed
FROM (SELECT 1 + slot % $products AS id, make_timestamp(max(slot) * $step * 1000000) AS reviewed
      FROM range(epoch($since)::BIGINT // $step + 1, epoch($until)::BIGINT // $step + 1) AS slots(slot)
      GROUP BY id) AS reviews
WHERE product_id = id
"""

# The orders of an hour are spread over it one after the other, so a cut at any moment gives the same times.
NEW_ORDERS = """
CREATE OR REPLACE TEMP TABLE new_orders AS
SELECT (SELECT coalesce(max(order_id), 0) FROM orders) + row_number() OVER (ORDER BY placed_at, place) AS order_id,
    placed_at
FROM (SELECT place, start + to_milliseconds(
          floor(3600000 * (place + draw('moment', epoch(start)::BIGINT * 1000 + place)) / planned)) AS placed_at
      FROM (SELECT unnest($starts::TIMESTAMP[]) AS start, unnest($counts::BIGINT[]) AS planned) AS hours,
           unnest(range(planned)) AS places(place))
WHERE placed_at >= $since AND placed_at < $until
"""
# Every twelfth order comes from somebody new; the others from anybody who is there already.
NEW_CUSTOMERS = """
INSERT INTO customers
SELECT id, country_of(id), segment_of(id), draw('newsletter', id) < 0.4, placed_at, placed_at
FROM (SELECT $customers + order_id // 12 AS id, placed_at FROM new_orders WHERE order_id % 12 = 0)
"""
NEW_ITEMS = """
CREATE OR REPLACE TEMP TABLE new_items AS
SELECT order_id * 10 + position AS item_id, order_id, product_id,
    CASE WHEN draw('quantity', order_id * 10 + position) < 0.8 THEN 1 ELSE 2 END AS quantity, price AS unit_price,
    placed_at
FROM (SELECT order_id, placed_at, position,
          1 + floor($products * pow(draw('product', order_id * 10 + position), 1.5))::BIGINT AS product_id
      FROM (SELECT *, [1, 1, 1, 2, 2, 2, 3, 3, 4, 5][1 + floor(draw('size', order_id) * 10)::INT] AS size
            FROM new_orders), unnest(range(1, size + 1)) AS positions(position)) AS picked
JOIN products USING (product_id)
"""
FINISHED_ORDERS = """
INSERT INTO orders
SELECT order_id,
    CASE WHEN order_id % 12 = 0 THEN $customers + order_id // 12
         ELSE 1 + floor(draw('customer', order_id) * ($customers + order_id // 12))::BIGINT END,
    'placed', sum(quantity * unit_price), 0, any_value(placed_at), any_value(placed_at)
FROM new_items GROUP BY order_id ORDER BY order_id
"""
NEW_PAYMENTS = """
INSERT INTO payments
SELECT 500000 + order_id, order_id, ['card', 'card', 'wallet', 'invoice'][1 + floor(draw('method', order_id) * 4)::INT],
    sum(quantity * unit_price), any_value(placed_at)
FROM new_items WHERE draw('paid', order_id) < 0.97 GROUP BY order_id ORDER BY order_id
"""

# Each order moves on at its own pace: packed within hours, sent the next day, delivered after some days.
MOVE_ON = """
UPDATE orders SET status = step, updated_at = step_at
FROM (SELECT order_id AS id, CASE WHEN lost THEN 'cancelled' WHEN hours >= 80 * pace THEN 'delivered'
             WHEN hours >= 20 * pace THEN 'shipped' WHEN hours >= 2 * pace THEN 'packed' ELSE 'placed' END AS step,
          created_at + to_milliseconds(floor(3600000 * pace * CASE step WHEN 'delivered' THEN 80 WHEN 'shipped' THEN 20
             WHEN 'packed' THEN 2 WHEN 'cancelled' THEN 1 ELSE 0 END)) AS step_at
      FROM (SELECT *, 0.6 + draw('pace', order_id) AS pace, epoch($now - created_at) / 3600 AS hours,
                hours >= pace AND draw('lost', order_id) < 0.03 AS lost
            FROM orders WHERE status NOT IN ('delivered', 'cancelled'))) AS steps
WHERE order_id = id AND status <> step
"""
# The carrier reports parcels on their way with every load, so `updated_at` moves on even in the quiet of the night.
SCAN_PARCELS = """
UPDATE orders SET parcel_scans = parcel_scans + 1, updated_at = $now
WHERE order_id IN (SELECT order_id FROM orders WHERE status IN ('packed', 'shipped')
                   ORDER BY hash(order_id, epoch($now)::BIGINT) LIMIT 3)
"""


def open_shop(warehouse: duckdb.DuckDBPyConnection, *, origin: datetime, seed: int) -> None:
    """Make the tables, with the products and customers from before `origin` (a full hour), at which orders begin."""
    start = stored(origin)
    warehouse.execute(TABLES)
    warehouse.execute("INSERT INTO pipeline.shop VALUES ($origin, $seed)", {"origin": start, "seed": seed})
    warehouse.execute("INSERT INTO pipeline.bookmarks VALUES ('orders', $1), ('products', $1)", [start])
    warehouse.execute(DRAW.format(seed=seed))
    warehouse.execute(FIRST_PRODUCTS, {"origin": start, "products": PRODUCTS})
    warehouse.execute(OPENING_CUSTOMERS, {"origin": start, "customers": FIRST_CUSTOMERS})


def load(warehouse: duckdb.DuckDBPyConnection, *, now: datetime, orders: bool = True) -> int:
    """Bring the warehouse up to `now`; without `orders` only its products. Returns how many orders were new."""
    [(origin, seed)] = warehouse.execute("SELECT origin, seed FROM pipeline.shop").fetchall()
    warehouse.execute(DRAW.format(seed=int(seed)))
    marks, new = bookmarks(warehouse), 0
    if now > marks["products"]:
        span = {"since": stored(marks["products"]), "until": stored(now)}
        step = int(REVIEW.total_seconds())
        warehouse.execute(REVIEW_PRODUCTS, span | {"step": step, "products": PRODUCTS})
        _note(warehouse, "products", now)
    if orders and now > marks["orders"]:
        shape = Shape(origin=origin.replace(tzinfo=UTC), seed=seed)
        new = _add_orders(warehouse, shape.plan(since=marks["orders"], until=now), since=marks["orders"], until=now)
        warehouse.execute(MOVE_ON, {"now": stored(now)})
        warehouse.execute(SCAN_PARCELS, {"now": stored(now)})
        _note(warehouse, "orders", now)
    return new


def bookmarks(warehouse: duckdb.DuckDBPyConnection) -> dict[str, datetime]:
    """Up to when each source was loaded."""
    rows = warehouse.execute("SELECT source, loaded_until FROM pipeline.bookmarks").fetchall()
    return {source: until.replace(tzinfo=UTC) for source, until in rows}


def stored(moment: datetime) -> datetime:
    """An aware moment as the warehouse stores it: UTC without a zone."""
    return moment.astimezone(UTC).replace(tzinfo=None)


def _add_orders(warehouse: duckdb.DuckDBPyConnection, plan: list[HourPlan], *, since: datetime, until: datetime) -> int:
    """Add the planned orders from `since` up to before `until`, with their customers, items and payments."""
    hours = {"starts": [stored(hour.start) for hour in plan], "counts": [hour.orders for hour in plan]}
    warehouse.execute(NEW_ORDERS, hours | {"since": stored(since), "until": stored(until)})
    warehouse.execute(NEW_CUSTOMERS, {"customers": FIRST_CUSTOMERS})
    warehouse.execute(NEW_ITEMS, {"products": PRODUCTS})
    warehouse.execute("INSERT INTO order_items SELECT * FROM new_items")
    warehouse.execute(FINISHED_ORDERS, {"customers": FIRST_CUSTOMERS})
    warehouse.execute(NEW_PAYMENTS)
    [(count,)] = warehouse.execute("SELECT count(*) FROM new_orders").fetchall()
    return int(count)


def _note(warehouse: duckdb.DuckDBPyConnection, source: str, until: datetime) -> None:
    warehouse.execute("UPDATE pipeline.bookmarks SET loaded_until = $1 WHERE source = $2", [stored(until), source])
