"""What ``systemctl`` of CentOS 7 says of units."""

from __future__ import annotations

import time
from pathlib import Path

from midonet_lab.hosts.init.reply import Reply
from midonet_lab.hosts.init.supervisor import Instance, Supervisor
from midonet_lab.hosts.init.unit import Unit
from midonet_lab.hosts.init.unit_files import SYSTEMD_DIRECTORIES, systemd_names, systemd_unit

NOT_RUNNING, NO_SUCH_UNIT, NOT_INSTALLED = 3, 4, 5


class Units:
    """The units of one host, and what is known of them."""

    def __init__(self, root: Path, supervisor: Supervisor) -> None:
        self._root = root
        self._supervisor = supervisor

    async def is_active(self, name: str) -> Reply:
        """``is-active``."""
        state = self._states(name)[0]
        return Reply(0 if state == "active" else NOT_RUNNING, f"{state}\n")

    async def is_failed(self, name: str) -> Reply:
        """``is-failed``."""
        state = self._states(name)[0]
        return Reply(0 if state == "failed" else 1, f"{state}\n")

    async def is_enabled(self, name: str) -> Reply:
        """``is-enabled``."""
        state = self._file_state(name)
        if not state:
            text = f"Failed to get unit file state for {name}.service: No such file or directory\n"
            return Reply(1, errors=text)
        return Reply(0 if state in {"enabled", "static"} else 1, f"{state}\n")

    async def status(self, name: str) -> Reply:
        """``status``."""
        unit = systemd_unit(self._root, name) or self.loaded(name)
        if unit is None:
            return Reply(NO_SUCH_UNIT, errors=f"Unit {name}.service could not be found.\n")
        active, sub = self._states(name)
        one = self._supervisor.instance(unit)
        lines = [
            f"● {name}.service - {unit.description}",
            f"   Loaded: loaded ({unit.path}; {self._file_state(name)}; vendor preset: disabled)",
            f"   Active: {active} ({sub})" + (f" (Result: {_result(one)})" if active == "failed" else ""),
        ]
        if one.pid is not None:
            lines.append(f" Main PID: {one.pid} ({name})")
        text = "".join(f"{line}\n" for line in lines)
        return Reply(0 if active == "active" else NOT_RUNNING, text)

    async def cat(self, name: str) -> Reply:
        """``cat``."""
        unit = systemd_unit(self._root, name)
        if unit is None:
            return Reply(1, errors=f"No files found for {name}.service.\n")
        text = (self._root / unit.path.lstrip("/")).read_text(encoding="utf-8")
        return Reply(output=f"# {unit.path}\n{text}")

    def show(self, names: list[str], options: dict[str, list[str]]) -> Reply:
        """``show``, of all properties or of those that are asked for."""
        wanted = [
            key
            for given in ("-p", "--property")
            for text in options.get(given, [])
            for key in text.split(",")
        ]
        blocks = []
        for name in names:
            properties = self._properties(name.removesuffix(".service"))
            chosen = wanted or list(properties)
            blocks.append("".join(f"{key}={properties[key]}\n" for key in chosen if key in properties))
        return Reply(output="\n".join(blocks))

    def _properties(self, name: str) -> dict[str, str]:
        unit = systemd_unit(self._root, name)
        active, sub = self._states(name)
        masked = (self._root / SYSTEMD_DIRECTORIES[0] / f"{name}.service").is_symlink() and unit is None
        loaded = "loaded" if unit is not None else "masked" if masked else "not-found"
        one = self._supervisor.instance(unit) if unit is not None else None
        running = one is not None and one.pid is not None
        since = time.strftime("%a %Y-%m-%d %H:%M:%S UTC", time.gmtime(one.since)) if one and running else ""
        return {
            "Type": "simple",
            "Restart": unit.respawn if unit is not None else "no",
            "MainPID": str(one.pid) if one is not None and one.pid is not None else "0",
            "ExecMainPID": str(one.pid or one.last_pid) if one is not None else "0",
            "ExecMainStatus": str(one.last_status) if one is not None else "0",
            "ExecMainStartTimestamp": since,
            "Result": _result(one) if one is not None else "success",
            "Id": f"{name}.service",
            "Names": f"{name}.service",
            "Description": unit.description if unit is not None else f"{name}.service",
            "LoadState": loaded,
            "ActiveState": active,
            "SubState": sub,
            "FragmentPath": unit.path if unit is not None else "",
            "UnitFileState": self._file_state(name),
            "UnitFilePreset": "disabled",
        }

    def _states(self, name: str) -> tuple[str, str]:
        unit = systemd_unit(self._root, name) or self.loaded(name)
        if unit is None:
            return "inactive", "dead"
        one = self._supervisor.instance(unit)
        if one.running:
            return "active", "running"
        if one.waiting is not None:
            return "activating", "auto-restart"
        return ("failed", "failed") if one.failed else ("inactive", "dead")

    def _file_state(self, name: str) -> str:
        link = self._root / SYSTEMD_DIRECTORIES[0] / f"{name}.service"
        if link.is_symlink() and str(link.readlink()) == "/dev/null":
            return "masked"
        unit = systemd_unit(self._root, name)
        if unit is None:
            return ""
        if unit.at_boot:
            return "enabled"
        text = (self._root / unit.path.lstrip("/")).read_text(encoding="utf-8", errors="replace")
        return "disabled" if "WantedBy" in text else "static"

    def loaded(self, name: str) -> Unit | None:
        """A unit that runs although its file has gone."""
        for one in self._supervisor.running():
            if one.unit.name == name:
                return one.unit
        return None

    def list_files(self, patterns: list[str]) -> Reply:
        """``list-unit-files``."""
        rows = [
            f"{name}.service {self._file_state(name)}"
            for name in systemd_names(self._root)
            if not patterns or any(Path(f"{name}.service").match(pattern) for pattern in patterns)
        ]
        text = "".join(
            f"{row}\n" for row in ["UNIT FILE STATE", *rows, "", f"{len(rows)} unit files listed."]
        )
        return Reply(output=text)

    def list_units(self) -> Reply:
        """``list-units``."""
        rows = [
            f"{name}.service loaded {' '.join(self._states(name))} {name}"
            for name in systemd_names(self._root)
            if self._states(name)[0] != "inactive"
        ]
        text = "".join(f"{row}\n" for row in ["UNIT LOAD ACTIVE SUB DESCRIPTION", *rows])
        return Reply(output=text)


def _result(one: Instance) -> str:
    if not one.failed:
        return "success"
    if one.refused:
        return "start-limit"
    return "signal" if one.last_status > 128 and one.last_status != 203 else "exit-code"
