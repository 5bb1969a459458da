"""What ``systemctl`` of CentOS 7 does and says."""

from __future__ import annotations

import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from midonet_lab.hosts.init.reply import Reply, Request
from midonet_lab.hosts.init.supervisor import Supervisor
from midonet_lab.hosts.init.systemd_units import NOT_INSTALLED, Units
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


class Systemd:
    """Answers for one host. ``runnable`` says whether the program of a unit is there."""

    def __init__(self, root: Path, supervisor: Supervisor, runnable: Callable[[Unit], bool]) -> None:
        self._root = root
        self._supervisor = supervisor
        self._runnable = runnable
        self._units = Units(root, supervisor)

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
        if len(words) == 1:
            asked = await self._units.is_enabled(words[0].removesuffix(".service"))
            return Reply(asked.status)
        return Reply(1, errors="usage: chkconfig <name> [on|off]\n")

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
            "list-unit-files": lambda: self._units.list_files(names),
            "list-units": self._units.list_units,
            "is-system-running": lambda: Reply(output="running\n"),
            "reset-failed": lambda: self._reset_failed(names),
            "show": lambda: self._units.show(names, options),
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
            "is-active": self._units.is_active,
            "is-failed": self._units.is_failed,
            "is-enabled": self._units.is_enabled,
            "status": self._units.status,
            "cat": self._units.cat,
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
        unit = systemd_unit(self._root, name) or self._units.loaded(name)
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
