"""What may be entered for a lake."""

from __future__ import annotations

import pytest

from apps.common.errors import InvalidInput
from apps.common.plugins import check_settings
from apps.connections.engines.contract import WriteAccess
from apps.connections.engines.lake import Lake
from apps.connections.engines.lake_settings import LakeSettings
from apps.connections.testing import report_of


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"path": ""}, "path"),
        ({"path": "s3://"}, "write the name of a bucket"),
        ({"path": "s3://a b/c"}, "write the name of a bucket"),
        ({"path": "gs://bucket/x"}, "or s3://bucket/folder"),
        ({"path": "file:///data"}, "or s3://bucket/folder"),
        ({"path": "s3://bucket", "access_key_id": "AKIA"}, "both the access key id and its secret"),
        ({"path": "s3://bucket", "secret_access_key": "gehe1m"}, "both the access key id and its secret"),
        ({"path": "s3://bucket", "endpoint": "minio:9000"}, "write a whole address"),
        ({"path": "s3://bucket", "endpoint": "ftp://minio"}, "write a whole address"),
        ({"path": "s3://bucket", "endpoint": "https://user:pass@minio"}, "write a whole address"),
        ({"path": "s3://bucket", "endpoint": "https://minio/path"}, "write a whole address"),
        ({"path": "s3://bucket", "endpoint": "https://minio:99999"}, "write a whole address"),
        ({"path": "s3://bucket", "endpoint": "https://mi nio"}, "a space or an invisible character"),
    ],
)
def test_wrong_settings_are_refused_with_what_to_write(settings: dict[str, str], said: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        check_settings(LakeSettings, settings)
    assert said in str(caught.value)
    assert "gehe1m" not in str(caught.value)


def test_an_endpoint_needs_no_slash_at_its_end() -> None:
    assert LakeSettings(path="s3://bucket", endpoint="https://minio:9000/").endpoint == "https://minio:9000"


def test_stored_keys_go_nowhere_else_unseen() -> None:
    assert Lake.secrets_go_to == ("path", "endpoint")


def test_a_folder_on_disk_has_no_policy_and_one_in_s3_has() -> None:
    assert Lake(LakeSettings(path="/data/lake")).grant_script([]) == ""
    assert "arn:aws:s3:::bucket/lake/*" in Lake(LakeSettings(path="s3://bucket/lake/")).grant_script([])


def test_a_folder_that_midwatch_may_write_to_is_warned_of_without_a_script() -> None:
    access = WriteAccess(("sales.orders",), by_files=True)
    for path in ("/data/lake", "s3://bucket/lake"):
        report = report_of(Lake(LakeSettings(path=path)), [], access)
        assert report.warning.endswith("permission to read them is enough.")
        assert ("login" in report.warning, report.script) == (False, "")
