"""Keys of repositories in the form that apt 1.0 and rpm read, whichever form they are given in."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from midonet_lab.packages.rpm_build import run
from midonet_lab.packages.rpm_repository import SigningKey
from midonet_migrate.errors import ConfigError
from midonet_migrate.hosts.packages.keyrings import armoured, binary

pytestmark = pytest.mark.skipif(shutil.which("gpg") is None, reason="gpg is not installed")


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> tuple[bytes, bytes, bytes]:
    """A public key armoured and binary, and its secret part, as gpg writes them."""
    directory = tmp_path_factory.mktemp("key")
    key = SigningKey(directory)
    plain, secret = directory / "plain", directory / "secret"
    run(["gpg", "--batch", "--dearmor", "--output", str(plain), str(key.public)], home=key.home)
    run(["gpg", "--batch", "--export-secret-keys", "--output", str(secret)], home=key.home)
    key.close()
    return key.public.read_bytes(), plain.read_bytes(), secret.read_bytes()


def test_either_form_becomes_either_form(keys: tuple[bytes, bytes, bytes]) -> None:
    """As gpg itself does it; with line ends of Windows and texts around, too."""
    ascii_key, plain, _ = keys
    assert binary(ascii_key, "k") == plain
    assert binary(plain, "k") == plain
    assert binary(b"My key:\r\n" + ascii_key.replace(b"\n", b"\r\n") + b"\r\nthat was it", "k") == plain
    assert armoured(ascii_key, "k") == ascii_key
    assert binary(armoured(plain, "k"), "k") == plain


def test_what_we_armour_gpg_reads(keys: tuple[bytes, bytes, bytes], tmp_path: Path) -> None:
    """The checksum is right."""
    _, plain, _ = keys
    (tmp_path / "key.asc").write_bytes(armoured(plain, "k"))
    done = subprocess.run(
        ["gpg", "--batch", "--homedir", tmp_path, "--dearmor", "--output", "-", tmp_path / "key.asc"],
        capture_output=True,
        check=False,
    )
    assert done.stdout == plain, done.stderr


def test_several_keys_in_one_file_stay_together(keys: tuple[bytes, bytes, bytes]) -> None:
    """One after the other."""
    ascii_key, plain, _ = keys
    assert binary(ascii_key + b"\n" + ascii_key, "k") == plain * 2


@pytest.mark.parametrize("data", [b"", b"<html>404</html>", b"\x00\x01"])
def test_what_is_no_key_is_refused(data: bytes) -> None:
    """With the name of the file."""
    with pytest.raises(ConfigError, match="/etc/key"):
        binary(data, "/etc/key")


def test_a_secret_key_never_goes_to_a_host(keys: tuple[bytes, bytes, bytes]) -> None:
    """However it came into hosts.yaml."""
    _, _, secret = keys
    with pytest.raises(ConfigError) as caught:
        binary(secret, "k")
    assert caught.value.why == "It is a secret key."


def test_a_damaged_armour_is_refused(keys: tuple[bytes, bytes, bytes]) -> None:
    """A character too few."""
    ascii_key, _, _ = keys
    head, body = ascii_key.split(b"\n\n", 1)
    with pytest.raises(ConfigError):
        binary(head + b"\n\n" + body[1:], "k")
