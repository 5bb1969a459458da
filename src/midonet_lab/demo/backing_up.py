"""The scene of step 2: a backup, checked against a plain reading of the real server."""

from __future__ import annotations

import base64
import json
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from midonet_lab.demo.plain_tree import ROOT, read_plainly
from midonet_lab.demo.stage import Stage


def back_up(stage: Stage) -> None:
    """The backup is made and verified, and holds what the server holds."""
    stage.run("backup")
    stage.run("backup", "verify")
    shown = stage.run_json("backup", "show")
    stage.say(
        f"  {shown['nodes']} nodes, {shown['verdict']} as of transaction {shown['fence_zxid']:#x}; the next"
        f" numbers of {len(shown['next_sequence'])} parents are known"
    )
    stage.expect("nobody wrote while the backup was made", shown["verdict"] == "exact")
    with stage.zookeeper() as client:
        stage.before = read_plainly(client)
    saved = {
        node["path"].rstrip("/"): base64.b64decode(node["data"])
        for node in _nodes(stage.data / "zk_original.backup")
        if node["path"].startswith(f"{ROOT}/")
    }
    live = {path: data or b"" for path, (data, *_) in stage.before.items()}
    stage.expect("the backup holds what a plain reading of ZooKeeper finds", saved == live)
    for name in ("zk_original.backup", "zk_original.manifest"):
        path = stage.data / name
        mode = stat.S_IMODE(path.stat().st_mode)
        stage.say(f"  {name:<21} {path.stat().st_size:>9} bytes, mode {mode:04o}")
        stage.expect(f"{name} is for its owner alone", mode == 0o600)
    stage.outcome(f"The backup holds {len(saved)} nodes, each as a plain reading of ZooKeeper finds it.")


def _nodes(file: Path) -> Iterator[dict[str, Any]]:
    left = [json.loads(file.read_bytes())]
    while left:
        node = left.pop()
        yield node
        left += node["children"]
