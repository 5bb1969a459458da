"""A server's port and the password of its only account, kept in its directory (0600)."""

from __future__ import annotations

from pathlib import Path

ACCOUNT_FILE = "account"


def read_account(directory: Path) -> tuple[int, str]:
    """Port and password; 0 and an empty one where none are kept."""
    try:
        port, password = (directory / ACCOUNT_FILE).read_text(encoding="ascii").split()
    except (OSError, ValueError):
        return 0, ""
    return int(port), password


def write_account(directory: Path, port: int, password: str) -> None:
    """Keep them."""
    write_secret(directory / ACCOUNT_FILE, f"{port} {password}\n")


def write_secret(path: Path, text: str) -> None:
    """Write a file that only its owner can read."""
    path.touch(mode=0o600)
    path.write_text(text, encoding="ascii")
