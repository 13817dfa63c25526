import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from cryptography.fernet import Fernet

from config import keys


@pytest.mark.parametrize("name", keys.MAKERS)
def test_a_key_is_made_once_and_kept(name: str, tmp_path: Path) -> None:
    assert keys.own_key(tmp_path, name) == keys.own_key(tmp_path, name) != ""


@pytest.mark.parametrize("name", keys.MAKERS)
def test_only_its_owner_can_read_a_key(name: str, tmp_path: Path) -> None:
    keys.own_key(tmp_path, name)
    assert (tmp_path / "keys" / name.lower()).stat().st_mode & 0o077 == 0
    assert (tmp_path / "keys").stat().st_mode & 0o077 == 0


def test_no_draft_is_left_behind(tmp_path: Path) -> None:
    keys.own_key(tmp_path, "SECRET_KEY")
    assert [path.name for path in (tmp_path / "keys").iterdir()] == ["secret_key"]


def test_starts_at_the_same_moment_agree_on_one_key(tmp_path: Path) -> None:
    program = (
        "import pathlib, sys; from config import keys; print(keys.own_key(pathlib.Path(sys.argv[1]), 'SECRET_KEY'))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: subprocess.check_output(command), range(4)))  # noqa: S603
    assert len(set(made)) == 1


def test_the_encryption_key_is_one_that_fernet_takes() -> None:
    token = Fernet(keys.MAKERS["MIDWATCH_ENCRYPTION_KEYS"]()).encrypt(b"hunter2")
    assert b"hunter2" not in token
