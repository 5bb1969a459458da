"""``python -m midonet_lab.midonet5.mn_conf --host-root DIR --version V -- ARGUMENTS``: run the command."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import get_args

from midonet_lab.midonet5.mn_conf.command import run
from midonet_lab.midonet5.mn_conf.schema import Version


def main() -> None:
    """What the wrapper script calls: everything after ``--`` is the operator's."""
    own, _, arguments = _split(sys.argv[1:])
    if len(own) != 4 or own[0] != "--host-root" or own[2] != "--version" or own[3] not in get_args(Version):
        sys.exit(f"usage: {__doc__}")
    version: Version = "5.0.2" if own[3] == "5.0.2" else "5.2.1"
    outcome = run(arguments, sys.stdin.buffer.read, os.environ, host_root=Path(own[1]), version=version)
    sys.stdout.buffer.write(outcome.stdout)
    sys.stderr.buffer.write(outcome.stderr)
    sys.stdout.flush()
    sys.exit(outcome.status)


def _split(words: list[str]) -> tuple[list[str], str, list[str]]:
    at = words.index("--") if "--" in words else len(words)
    return words[:at], "--", words[at + 1 :]


if __name__ == "__main__":
    main()
