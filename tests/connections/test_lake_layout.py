"""Which files make which table, by their names alone."""

from __future__ import annotations

import pytest

from apps.connections.engines.lake_layout import Dataset, Format, StoredFile, datasets_of
from apps.connections.names import TableName

UUID = "fb347588-b593-40dc-bf3d-5706b000b77b"
COMMIT = "_delta_log/00000000000000000000.json"


def tables(*paths: str) -> dict[str, Dataset]:
    files = [StoredFile(path, size=10, modified=1.0) for path in paths]
    return {str(name): dataset for name, dataset in datasets_of(files, root_name="lake").items()}


@pytest.mark.parametrize(
    ("path", "table"),
    [
        ("orders.parquet", "files.orders"),
        ("orders.csv.gz", "files.orders"),
        ("data.json", "files.data"),
        ('"a.b".csv', 'files."""a.b"""'),
        ("sales/orders.parquet", "sales.orders"),
        ("sales/orders/anything.parquet", "sales.orders"),
        ("sales/eu/orders/anything.parquet", "sales.eu/orders"),
        ("orders/part-00000.parquet", "files.orders"),
        (f"orders/part-00000-{UUID}-c000.snappy.parquet", "files.orders"),
        (f"orders/part-00000-tid-123456-{UUID}-1-1-c000.snappy.parquet", "files.orders"),
        (f"orders/20261120_033000_00012_k8mzr_{UUID}.parquet", "files.orders"),
        ("orders/000000000000.parquet", "files.orders"),
        ("orders/data_0_0_0.snappy.parquet", "files.orders"),
        ("orders/0000_part_00.parquet", "files.orders"),
        ("part-00000.parquet", "files.lake"),
        ("orders_2026-11-20.csv", "files.orders_*"),
        ("sales/orders20261120.csv", "sales.orders*"),
        ("sales/2026-11-20_orders.csv", "sales.*_orders"),
        (f"sales/orders-{UUID}.jsonl", "sales.orders-*"),
        ("sales/20261120T033000Z-orders.csv", "sales.*-orders"),
    ],
)
def test_a_file_belongs_to_a_table_by_its_place_and_its_name(path: str, table: str) -> None:
    assert list(tables(path)) == [table]


@pytest.mark.parametrize(
    ("path", "table", "keys"),
    [
        ("sales/orders/day=2026-11-20/x.parquet", "sales.orders", ("day",)),
        ("orders/day=2026-11-20/hour=3/orders.parquet", "files.orders", ("day", "hour")),
        ("day=2026-11-20/x.parquet", "files.lake", ("day",)),
        ("sales/orders/_day=1/x.parquet", "sales.orders", ("_day",)),
        ("sales/orders/2026/11/20/x.json", "sales.orders", ()),
        ("exports/2026-11-20/crm.csv", "exports.crm", ()),
        (f"2026/11/20/03/stream-1-2026-11-20-03-{UUID}.json.gz", "files.stream-*", ()),
        ("sales/20261120/orders/x.csv", "sales.orders", ()),
        ("1001/orders/x.csv", "1001.orders", ()),  # a number that is no date is a name
    ],
)
def test_partition_folders_and_folders_of_dates_belong_to_the_table_above(
    path: str, table: str, keys: tuple[str, ...]
) -> None:
    [(name, dataset)] = tables(path).items()
    assert (name, dataset.keys, dataset.problem) == (table, keys, "")


@pytest.mark.parametrize(
    "path",
    [
        "README.md", "orders", "gz", ".csv", "orders.parquet.gz", "sales/orders/", "sales/_SUCCESS",
        "sales/orders/.part-0.parquet.crc", "sales/_temporary/0/part-0.parquet", "sales/orders/part-0.parquet.tmp",
        "sales/tmp_orders.parquet", ".hidden/orders.csv",
    ],
)  # fmt: skip
def test_hidden_temporary_and_foreign_files_are_left_out(path: str) -> None:
    assert tables(path) == {}


def test_a_delta_table_is_one_at_any_depth_with_its_log_for_files() -> None:
    paths = ["a/b/c/d/" + name for name in (COMMIT, "day=1/x.parquet", f"deletion_vector_{UUID}.bin", "stray.csv")]
    [(name, dataset)] = tables(*paths).items()
    assert (name, dataset.format, dataset.bytes) == ("a.b/c/d", Format.DELTA, 40)
    assert [file.path for file in dataset.files] == ["a/b/c/d/" + COMMIT]
    assert [file.path for file in dataset.beside] == [f"a/b/c/d/deletion_vector_{UUID}.bin"]


def test_an_iceberg_table_is_one_with_its_metadata_for_files() -> None:
    [(name, dataset)] = tables("sales/orders/metadata/00001-x.metadata.json", "sales/orders/data/x.parquet").items()
    assert (name, dataset.format, len(dataset.files)) == ("sales.orders", Format.ICEBERG, 1)


def test_a_table_that_is_both_is_read_as_delta() -> None:
    found = tables("sales/orders/metadata/v1.metadata.json", f"sales/orders/{COMMIT}")
    assert found["sales.orders"].format is Format.DELTA


def test_the_folder_itself_can_be_a_table() -> None:
    assert list(tables(COMMIT, "x.parquet")) == ["files.lake"]


def test_a_folder_that_is_only_named_like_a_log_is_none() -> None:
    assert list(tables("sales/metadata/countries.csv")) == ["sales.metadata"]


def test_files_of_more_than_one_format_are_a_problem_of_their_table_alone() -> None:
    found = tables("sales/orders/a.parquet", "sales/orders/b.csv", "sales/customers/a.csv")
    assert "more than one format in sales/orders: Parquet and CSV" in found["sales.orders"].problem
    assert found["sales.customers"].problem == ""


def test_two_places_for_one_name_are_a_problem() -> None:
    found = tables("sales/orders.csv", "sales/orders/a.csv")
    assert found["sales.orders"].problem.startswith("Both sales/orders.csv and sales/orders would be the table")


def test_files_beside_partition_folders_are_a_problem() -> None:
    found = tables("sales/orders/a.parquet", "sales/orders/day=1/b.parquet")
    assert "lie in partition folders (day=…) and some do not" in found["sales.orders"].problem


@pytest.mark.parametrize("name", ["a*b", "a?b", "a[1]"])
def test_a_name_that_would_be_taken_for_a_pattern_is_a_problem(name: str) -> None:
    [dataset] = tables(f"sales/orders/{name}.parquet").values()
    assert "has *, ? or [ in its name" in dataset.problem


def test_names_that_the_catalogue_cannot_hold_are_left_out() -> None:
    assert list(tables(f"sales/{'x' * 256}/a.csv", f"sales/{'x' * 255}/a.csv")) == [f"sales.{'x' * 255}"]


def test_tables_come_in_the_order_of_their_names() -> None:
    files = [StoredFile(path, 1, 1.0) for path in ("b/t/x.csv", "a/z/x.csv", "a/b/x.csv")]
    assert list(datasets_of(files, root_name="lake")) == [
        TableName("a", "b"),
        TableName("a", "z"),
        TableName("b", "t"),
    ]
