"""Files of the package manager's corner on a host: all of them by one shell script."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from midonet_migrate.hosts.packages.calls import WRITE_FILES, lines_of

FILES = {
    "apt.conf": b'Dir::Etc::sourcelist "/x";\n',
    "keys/a key.gpg": bytes(range(256)) * 20,
    "parts/empty.list": b"",
    "parts/no-end-of-line": b"deb http://user:p@ss%word@repo.example.com/ a b \\",
}


def write(directory: Path, files: dict[str, bytes]) -> int:
    """Run the script as a host does."""
    script = f"set -e\ndirectory=$1\n{WRITE_FILES}"
    words = ["sh", "-c", script, "sh", str(directory)]
    return subprocess.run(
        words, input=lines_of(files).encode(), check=False, stderr=subprocess.DEVNULL
    ).returncode


def test_every_file_is_there_to_the_byte(tmp_path: Path) -> None:
    """Names with blanks, nothing at all, zeros, no end of line; what stood there before is replaced."""
    for name in ("keys", "parts"):
        (tmp_path / name).mkdir()
    (tmp_path / "apt.conf").write_text("old and longer than the new one" * 9)
    assert write(tmp_path, FILES) == 0
    found = {str(path.relative_to(tmp_path)): path for path in tmp_path.rglob("*") if path.is_file()}
    assert {name: path.read_bytes() for name, path in found.items()} == FILES


@pytest.mark.parametrize("name", ["missing/apt.conf", "blocked"])
def test_one_that_cannot_be_written_ends_it(tmp_path: Path, name: str) -> None:
    """With a status that tells, and nothing after it."""
    (tmp_path / "blocked.new").mkdir()
    assert write(tmp_path, {name: b"x", "later": b"x"}) != 0
    assert not (tmp_path / "later").exists()
