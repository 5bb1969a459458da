"""What upstart's and SysV's commands of Ubuntu 14.04 do and say."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from pathlib import Path

from midonet_lab.hosts.init.reply import Reply, Request
from midonet_lab.hosts.init.supervisor import Instance, Supervisor
from midonet_lab.hosts.init.unit import Unit
from midonet_lab.hosts.init.unit_files import sysv_links, sysv_script, upstart_job

VERSION = "init (upstart 1.12.1)"
_VERBS = ("start", "stop", "restart", "status", "reload")
_REJECTED = (
    '{verb}: Rejected send message, 1 matched rules; type="method_call", sender=":1.2" (uid={user} pid=1 '
    'comm="{verb} ") interface="com.ubuntu.Upstart0_6.Job" member="{member}" error name="(unset)" '
    'requested_reply="0" destination="com.ubuntu.Upstart" (uid=0 pid=1 comm="/sbin/init")'
)
_DEFAULT_LINKS = {"S": "2345", "K": "016"}


class Upstart:
    """Answers for one host. ``runnable`` says whether the program of a unit is there."""

    def __init__(self, root: Path, supervisor: Supervisor, runnable: Callable[[Unit], bool]) -> None:
        self._root = root
        self._supervisor = supervisor
        self._runnable = runnable

    def boot_units(self) -> list[Unit]:
        """What starts with the host."""
        jobs = [upstart_job(self._root, path.stem) for path in sorted(self._root.glob("etc/init/*.conf"))]
        scripts = [sysv_script(self._root, path.name) for path in sorted(self._root.glob("etc/init.d/*"))]
        upstart = {job.name for job in jobs if job is not None}
        chosen = [*jobs, *(one for one in scripts if one is not None and one.name not in upstart)]
        return [one for one in chosen if one is not None and one.at_boot]

    async def answer(self, request: Request) -> Reply:
        """Do what was asked."""
        arguments = [word for word in request.arguments if not word.startswith("-")]
        handlers: dict[str, Callable[[], Awaitable[Reply]]] = {
            "initctl": lambda: self._initctl(request, arguments),
            "service": lambda: self._service(request, list(request.arguments)),
            "invoke-rc.d": lambda: self._invoke(request, arguments),
            "update-rc.d": lambda: self._update(request, list(request.arguments)),
            "init": self._version,
            "runlevel": self._runlevel,
            **{verb: self._job_handler(verb, arguments, request) for verb in _VERBS},
        }
        return await handlers[request.name]()

    def _job_handler(
        self, verb: str, arguments: list[str], request: Request
    ) -> Callable[[], Awaitable[Reply]]:
        return lambda: self._job(verb, arguments[0] if arguments else "", request.user)

    async def _version(self) -> Reply:
        return Reply(output=f"{VERSION}\n")

    async def _runlevel(self) -> Reply:
        return Reply(output="N 2\n")

    async def _initctl(self, request: Request, arguments: list[str]) -> Reply:
        if "--version" in request.arguments:
            return Reply(output="initctl (upstart 1.12.1)\n")
        verb, *rest = arguments or [""]
        if verb in _VERBS:
            return await self._job(verb, rest[0] if rest else "", request.user, "initctl")
        if verb == "version":
            return Reply(output=f"{VERSION}\n")
        if verb == "list":
            jobs = [upstart_job(self._root, path.stem) for path in sorted(self._root.glob("etc/init/*.conf"))]
            lines = [self._line(self._supervisor.instance(job)) for job in jobs if job is not None]
            return Reply(output="".join(f"{line}\n" for line in lines))
        if verb == "reload-configuration":
            return Reply()
        return Reply(
            1, errors=f"initctl: invalid command: {verb}\nTry `initctl --help' for more information.\n"
        )

    async def _job(self, verb: str, name: str, user: int, program: str = "") -> Reply:
        says = program or verb
        if not name:
            return Reply(1, errors=f"{says}: missing job name\nTry `{says} --help' for more information.\n")
        unit = upstart_job(self._root, name)
        if unit is None:
            return Reply(1, errors=f"{says}: Unknown job: {name}\n")
        if verb == "status":
            return Reply(output=f"{self._line(self._supervisor.instance(unit))}\n")
        if user != 0:
            text = _REJECTED.format(verb=says, user=user, member=verb.capitalize())
            return Reply(1, errors=f"{text}\n")
        one = self._supervisor.instance(unit)
        if verb == "start":
            if one.running:
                return Reply(1, errors=f"{says}: Job is already running: {name}\n")
            return self._start(unit, says)
        if not one.running and one.waiting is None:
            return Reply(1, errors=f"{says}: Unknown instance: \n")
        if verb == "reload":
            return Reply()
        one = await self._supervisor.stop(unit)
        if verb == "restart":
            return self._start(unit, says)
        return Reply(output=f"{self._line(one)}\n")

    def _start(self, unit: Unit, says: str) -> Reply:
        if not self._runnable(unit):
            return Reply(1, errors=f"{says}: Job failed to start\n")
        return Reply(output=f"{self._line(self._supervisor.start(unit))}\n")

    @staticmethod
    def _line(one: Instance) -> str:
        if one.pid is not None:
            return f"{one.unit.name} start/running, process {one.pid}"
        return f"{one.unit.name} {'start/post-stop' if one.waiting is not None else 'stop/waiting'}"

    async def _service(self, request: Request, arguments: list[str]) -> Reply:
        """``/usr/sbin/service``: upstart's jobs first, then the scripts of ``/etc/init.d``."""
        if len(arguments) < 2:
            usage = "Usage: service < option > | --status-all | [ service_name [ command | --full-restart ] ]"
            return Reply(0 if arguments else 1, errors=f"{usage}\n")
        name, verb = arguments[0], arguments[1]
        job = upstart_job(self._root, name)
        if job is not None:
            if verb in {"restart", "force-reload"}:
                stopped = await self._job("stop", name, request.user)
                started = await self._job("start", name, request.user)
                errors = stopped.errors + started.errors
                return Reply(started.status, stopped.output + started.output, errors)
            return await self._job(verb if verb in _VERBS else "", name, request.user)
        unit = sysv_script(self._root, name)
        if unit is None:
            return Reply(1, errors=f"{name}: unrecognized service\n")
        return await self._script(unit, verb, request.user)

    async def _script(self, unit: Unit, verb: str, user: int) -> Reply:
        """An init script's own words, as those of tomcat7 are."""
        one = self._supervisor.instance(unit)
        title = unit.name
        if verb == "status":
            if one.pid is not None:
                return Reply(output=f" * {title} is running with pid {one.pid}\n")
            return Reply(3, f" * {title} is not running.\n")
        if user != 0:
            return Reply(1, errors="You need root privileges to run this script\n")
        if verb == "start":
            return self._start_script(unit)
        if verb in {"restart", "force-reload", "try-restart"}:
            if verb == "try-restart" and not one.running:
                return Reply()
            await self._supervisor.stop(unit)
            started = self._start_script(unit)
            head = f" * Restarting {title}\n" if started.status == 0 else ""
            return Reply(started.status, head + started.output)
        if verb == "stop":
            was_running = one.running
            await self._supervisor.stop(unit)
            note = "" if was_running else f" * {title} is not running.\n"
            return Reply(output=f" * Stopping {title}\n{note}   ...done.\n")
        usage = f" * Usage: {unit.path} {{start|stop|restart|try-restart|force-reload|status}}\n"
        return Reply(1, usage)

    def _start_script(self, unit: Unit) -> Reply:
        if self._supervisor.instance(unit).running:
            return Reply(output=f" * Starting {unit.name}\n * (already running).\n   ...done.\n")
        if not self._runnable(unit):
            return Reply(1, f" * Starting {unit.name}\n   ...fail!\n")
        self._supervisor.start(unit)
        return Reply(output=f" * Starting {unit.name}\n   ...done.\n")

    async def _invoke(self, request: Request, arguments: list[str]) -> Reply:
        """``invoke-rc.d NAME VERB``, what packages call."""
        if len(arguments) < 2:
            return Reply(103, errors="invoke-rc.d: syntax error: missing required parameter\n")
        name, verb = arguments[:2]
        if upstart_job(self._root, name) is None and sysv_script(self._root, name) is None:
            return Reply(100, errors=f"invoke-rc.d: unknown initscript, /etc/init.d/{name} not found.\n")
        return await self._service(request, [name, verb])

    async def _update(self, request: Request, arguments: list[str]) -> Reply:
        """``update-rc.d NAME defaults|enable|disable|remove``: the links in ``/etc/rcN.d``."""
        force = "-f" in arguments
        words = [word for word in arguments if not word.startswith("-")]
        if len(words) < 2:
            return Reply(1, errors="usage: update-rc.d [-n] [-f] <basename> remove\n")
        name, verb = words[:2]
        if request.user != 0:
            return Reply(1, errors="update-rc.d: error: Permission denied\n")
        script = self._root / "etc/init.d" / name
        links = sysv_links(self._root, name)
        if verb == "remove":
            if script.exists() and not force:
                return Reply(
                    1, errors=f"update-rc.d: /etc/init.d/{name} exists during rc.d purge (use -f to force)\n"
                )
            for link in links:
                link.unlink()
            return Reply()
        if not script.exists() and not script.is_symlink():
            return Reply(1, errors=f"update-rc.d: /etc/init.d/{name}: file does not exist\n")
        if verb == "defaults":
            if links:
                return Reply(output=f" System start/stop links for /etc/init.d/{name} already exist.\n")
            made = []
            for kind, levels in (("K", "016"), ("S", "2345")):
                for level in levels:
                    link = self._root / f"etc/rc{level}.d/{kind}20{name}"
                    link.symlink_to(f"../init.d/{name}")
                    made.append(f"   /etc/rc{level}.d/{link.name} -> ../init.d/{name}\n")
            return Reply(output=f" Adding system startup for /etc/init.d/{name} ...\n{''.join(made)}")
        if verb in {"enable", "disable"}:
            old, new = ("K", "S") if verb == "enable" else ("S", "K")
            if not links:
                return Reply(1, errors="update-rc.d: error: no runlevel symlinks to modify, aborting!\n")
            for link in links:
                if link.parent.name in {f"rc{level}.d" for level in "2345"} and link.name.startswith(old):
                    number = 100 - int(link.name[1:3])
                    link.rename(link.with_name(f"{new}{number:02d}{name}"))
            return Reply()
        return Reply(1, errors="usage: update-rc.d [-n] [-f] <basename> remove\n")
