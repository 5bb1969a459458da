"""What ``systemctl`` of CentOS 7 does and says."""

from __future__ import annotations

import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from midonet_lab.hosts.init.reply import Reply, Request
from midonet_lab.hosts.init.supervisor import Instance, Supervisor
from midonet_lab.hosts.init.unit import Unit
from midonet_lab.hosts.init.unit_files import SYSTEMD_DIRECTORIES, WANTS, systemd_names, systemd_unit

_CHANGING = frozenset(
    ("start", "stop", "restart", "try-restart", "condrestart", "reload-or-restart", "enable", "disable")
) | {"preset", "mask", "unmask", "reset-failed", "daemon-reload", "reload", "kill"}
_OPTIONS_WITH_VALUE = {
    "-p",
    "--property",
    "-t",
    "--type",
    "-n",
    "--lines",
    "-o",
    "--output",
    "-s",
    "--signal",
}
NOT_RUNNING, NO_SUCH_UNIT, NOT_INSTALLED = 3, 4, 5


class Systemd:
    """Answers for one host. ``runnable`` says whether the program of a unit is there."""

    def __init__(self, root: Path, supervisor: Supervisor, runnable: Callable[[Unit], bool]) -> None:
        self._root = root
        self._supervisor = supervisor
        self._runnable = runnable

    def boot_units(self) -> list[Unit]:
        """What starts with the host."""
        units = [systemd_unit(self._root, name) for name in systemd_names(self._root)]
        return [unit for unit in units if unit is not None and unit.at_boot]

    async def answer(self, request: Request) -> Reply:
        """Do what was asked."""
        if request.name == "systemctl":
            return await self._systemctl(request)
        if request.name == "service":
            return await self._service(request)
        if request.name == "chkconfig":
            return await self._chkconfig(request)
        if request.name == "runlevel":
            return Reply(output="N 3\n")
        return Reply(output="systemd 219\n")

    async def _service(self, request: Request) -> Reply:
        words = list(request.arguments)
        if len(words) < 2:
            return Reply(
                2, errors="Usage: service < option > | --status-all | [ service_name [ command ] ]\n"
            )
        name, verb = words[0].removesuffix(".service"), words[1]
        inner = await self._systemctl(Request("systemctl", (verb, f"{name}.service"), request.user))
        note = f"Redirecting to /bin/systemctl {verb} {name}.service\n"
        return Reply(inner.status, inner.output, note + inner.errors)

    async def _chkconfig(self, request: Request) -> Reply:
        words = [word for word in request.arguments if not word.startswith("--")]
        if len(words) == 2 and words[1] in {"on", "off"}:
            verb = "enable" if words[1] == "on" else "disable"
            inner = await self._systemctl(Request("systemctl", (verb, f"{words[0]}.service"), request.user))
            note = f"Note: Forwarding request to 'systemctl {verb} {words[0]}.service'.\n"
            return Reply(inner.status, inner.output, note + inner.errors)
        return Reply()

    async def _systemctl(self, request: Request) -> Reply:
        options, words = _parse(request.arguments)
        if "--version" in options:
            return Reply(output="systemd 219\n")
        verb, *names = words or ["list-units"]
        if verb in _CHANGING and request.user != 0:
            return Reply(1, errors=f"Failed to {verb} unit: Interactive authentication required.\n")
        whole: dict[str, Callable[[], Reply]] = {
            "daemon-reload": Reply,
            "daemon-reexec": Reply,
            "list-unit-files": lambda: self._list_files(names),
            "list-units": self._list_units,
            "is-system-running": lambda: Reply(output="running\n"),
            "reset-failed": lambda: self._reset_failed(names),
            "show": lambda: self._show(names, options),
        }
        if verb in whole:
            return whole[verb]()
        single: dict[str, Callable[[str], Awaitable[Reply]]] = {
            "start": self._start,
            "stop": self._stop,
            "restart": self._restart,
            "reload-or-restart": self._restart,
            "try-restart": self._try_restart,
            "condrestart": self._try_restart,
            "reload": self._reload,
            "enable": lambda name: self._enable(name, now="--now" in options),
            "disable": lambda name: self._disable(name, now="--now" in options),
            # The distribution's policy is that nothing is enabled by its package.
            "preset": lambda name: self._disable(name, now=False),
            "mask": self._mask,
            "unmask": self._unmask,
            "is-active": self._is_active,
            "is-failed": self._is_failed,
            "is-enabled": self._is_enabled,
            "status": self._status,
            "cat": self._cat,
        }
        if verb not in single:
            return Reply(1, errors=f"Unknown operation '{verb}'.\n")
        if not names:
            return Reply(1, errors="Too few arguments.\n")
        replies = [await single[verb](name.removesuffix(".service")) for name in names]
        quiet = "-q" in options or "--quiet" in options
        # is-active and its like succeed when any of the units does.
        lenient = verb in {"is-active", "is-enabled", "is-failed"}
        status = min(one.status for one in replies) if lenient else max(one.status for one in replies)
        output = "" if quiet else "".join(one.output for one in replies)
        return Reply(status, output, "".join(one.errors for one in replies))

    async def _start(self, name: str) -> Reply:
        unit = systemd_unit(self._root, name)
        if unit is None:
            return self._missing("start", name)
        one = self._supervisor.start(unit)
        return self._refused(name) if one.refused else Reply()

    async def _stop(self, name: str) -> Reply:
        unit = systemd_unit(self._root, name) or self._loaded(name)
        if unit is None:
            return Reply(
                NOT_INSTALLED, errors=f"Failed to stop {name}.service: Unit {name}.service not loaded.\n"
            )
        await self._supervisor.stop(unit)
        return Reply()

    async def _restart(self, name: str) -> Reply:
        unit = systemd_unit(self._root, name)
        if unit is None:
            return self._missing("restart", name)
        await self._supervisor.stop(unit)
        return await self._start(name)

    async def _try_restart(self, name: str) -> Reply:
        unit = systemd_unit(self._root, name)
        if unit is None:
            return self._missing("try-restart", name)
        return await self._restart(name) if self._supervisor.instance(unit).running else Reply()

    async def _reload(self, name: str) -> Reply:
        text = (
            f"Failed to reload {name}.service: Job type reload is not applicable for unit {name}.service.\n"
        )
        return Reply(1, errors=text)

    async def _enable(self, name: str, *, now: bool) -> Reply:
        unit = systemd_unit(self._root, name)
        if unit is None:
            return Reply(1, errors="Failed to execute operation: No such file or directory\n")
        link = self._root / WANTS / f"{name}.service"
        text = ""
        if not link.is_symlink():
            link.parent.mkdir(parents=True, exist_ok=True)
            link.symlink_to(unit.path)
            text = f"Created symlink from /{WANTS}/{name}.service to {unit.path}.\n"
        started = await self._start(name) if now else Reply()
        return Reply(started.status, errors=text + started.errors)

    async def _disable(self, name: str, *, now: bool) -> Reply:
        link = self._root / WANTS / f"{name}.service"
        text = ""
        if link.is_symlink():
            link.unlink()
            text = f"Removed symlink /{WANTS}/{name}.service.\n"
        elif systemd_unit(self._root, name) is None:
            return Reply(1, errors="Failed to execute operation: No such file or directory\n")
        if now:
            await self._stop(name)
        return Reply(errors=text)

    async def _mask(self, name: str) -> Reply:
        link = self._root / SYSTEMD_DIRECTORIES[0] / f"{name}.service"
        if os.path.lexists(link) and not link.is_symlink():
            return Reply(1, errors="Failed to execute operation: File exists\n")
        if link.is_symlink():
            return Reply()
        link.symlink_to("/dev/null")
        return Reply(errors=f"Created symlink from /{SYSTEMD_DIRECTORIES[0]}/{name}.service to /dev/null.\n")

    async def _unmask(self, name: str) -> Reply:
        link = self._root / SYSTEMD_DIRECTORIES[0] / f"{name}.service"
        if not link.is_symlink() or str(link.readlink()) != "/dev/null":
            return Reply()
        link.unlink()
        return Reply(errors=f"Removed symlink /{SYSTEMD_DIRECTORIES[0]}/{name}.service.\n")

    async def _is_active(self, name: str) -> Reply:
        state = self._states(name)[0]
        return Reply(0 if state == "active" else NOT_RUNNING, f"{state}\n")

    async def _is_failed(self, name: str) -> Reply:
        state = self._states(name)[0]
        return Reply(0 if state == "failed" else 1, f"{state}\n")

    async def _is_enabled(self, name: str) -> Reply:
        state = self._file_state(name)
        if not state:
            text = f"Failed to get unit file state for {name}.service: No such file or directory\n"
            return Reply(1, errors=text)
        return Reply(0 if state in {"enabled", "static"} else 1, f"{state}\n")

    async def _status(self, name: str) -> Reply:
        unit = systemd_unit(self._root, name) or self._loaded(name)
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

    async def _cat(self, name: str) -> Reply:
        unit = systemd_unit(self._root, name)
        if unit is None:
            return Reply(1, errors=f"No files found for {name}.service.\n")
        text = (self._root / unit.path.lstrip("/")).read_text(encoding="utf-8")
        return Reply(output=f"# {unit.path}\n{text}")

    def _show(self, names: list[str], options: dict[str, list[str]]) -> Reply:
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
        unit = systemd_unit(self._root, name) or self._loaded(name)
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

    def _loaded(self, name: str) -> Unit | None:
        """A unit that runs although its file has gone."""
        for one in self._supervisor.running():
            if one.unit.name == name:
                return one.unit
        return None

    def _list_files(self, patterns: list[str]) -> Reply:
        rows = [
            f"{name}.service {self._file_state(name)}"
            for name in systemd_names(self._root)
            if not patterns or any(Path(f"{name}.service").match(pattern) for pattern in patterns)
        ]
        text = "".join(
            f"{row}\n" for row in ["UNIT FILE STATE", *rows, "", f"{len(rows)} unit files listed."]
        )
        return Reply(output=text)

    def _list_units(self) -> Reply:
        rows = [
            f"{name}.service loaded {' '.join(self._states(name))} {name}"
            for name in systemd_names(self._root)
            if self._states(name)[0] != "inactive"
        ]
        text = "".join(f"{row}\n" for row in ["UNIT LOAD ACTIVE SUB DESCRIPTION", *rows])
        return Reply(output=text)

    def _reset_failed(self, names: list[str]) -> Reply:
        for name in names or systemd_names(self._root):
            unit = systemd_unit(self._root, name)
            if unit is not None:
                self._supervisor.forget_failure(unit)
            elif names:
                plain = name.removesuffix(".service")
                text = f"Failed to reset failed state of unit {plain}.service"
                return Reply(1, errors=f"{text}: Unit {plain}.service not loaded.\n")
        return Reply()

    def _missing(self, verb: str, name: str) -> Reply:
        link = self._root / SYSTEMD_DIRECTORIES[0] / f"{name}.service"
        if link.is_symlink():
            return Reply(1, errors=f"Failed to {verb} {name}.service: Unit is masked.\n")
        return Reply(NOT_INSTALLED, errors=f"Failed to {verb} {name}.service: Unit not found.\n")

    @staticmethod
    def _refused(name: str) -> Reply:
        text = (
            f"Job for {name}.service failed because start of the service was attempted too often. "
            f'See "systemctl status {name}.service" and "journalctl -xe" for details.\n'
            f'To force a start use "systemctl reset-failed {name}.service" followed by '
            f'"systemctl start {name}.service" again.\n'
        )
        return Reply(1, errors=text)


def _result(one: Instance) -> str:
    if not one.failed:
        return "success"
    if one.refused:
        return "start-limit"
    return "signal" if one.last_status > 128 and one.last_status != 203 else "exit-code"


def _parse(arguments: tuple[str, ...]) -> tuple[dict[str, list[str]], list[str]]:
    """Options with their values, and the words that are none."""
    options: dict[str, list[str]] = {}
    words: list[str] = []
    waiting = ""
    for argument in arguments:
        if waiting:
            options.setdefault(waiting, []).append(argument)
            waiting = ""
        elif argument in _OPTIONS_WITH_VALUE:
            waiting = argument
        elif argument.startswith("--") and "=" in argument:
            name, _, value = argument.partition("=")
            options.setdefault(name, []).append(value)
        elif argument.startswith("-p") and len(argument) > 2:
            options.setdefault("-p", []).append(argument[2:])
        elif argument.startswith("-"):
            options.setdefault(argument, [])
        else:
            words.append(argument)
    return options, words
