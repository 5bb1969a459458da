"""``alternatives`` of CentOS 7 (the machine has Debian's, whose words and files are other ones)."""

from __future__ import annotations

from pathlib import Path

import msgspec

from midonet_lab.hosts.init.reply import Reply, Request

_STATE = "var/lib/alternatives"


class _Slave(msgspec.Struct, frozen=True):
    link: str
    name: str
    path: str


class _Choice(msgspec.Struct, frozen=True):
    path: str
    priority: int
    slaves: tuple[_Slave, ...] = ()


class _Group(msgspec.Struct):
    link: str
    mode: str = "auto"
    current: str = ""
    choices: dict[str, _Choice] = {}


class Alternatives:
    """The groups of one host."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def answer(self, request: Request) -> Reply:
        """Do what was asked."""
        words = [word for word in request.arguments if word not in {"--verbose", "--quiet"}]
        if not words:
            return Reply(2, errors="usage: alternatives --install <link> <name> <path> <priority>\n")
        if words[0] not in {"--display", "--list"} and request.user != 0:
            return Reply(2, errors="failed to create /var/lib/alternatives: Permission denied\n")
        try:
            if words[0] == "--install":
                return self._install(words[1:])
            if words[0] == "--remove":
                return self._remove(words[1], words[2])
            if words[0] == "--set":
                return self._set(words[1], words[2])
            if words[0] == "--auto":
                return self._auto(words[1])
            if words[0] == "--display":
                return self._display(words[1])
            if words[0] == "--list":
                return self._list()
        except (IndexError, ValueError):
            pass
        return Reply(2, errors="usage: alternatives --install <link> <name> <path> <priority>\n")

    def _install(self, words: list[str]) -> Reply:
        link, name, path, priority = words[0], words[1], words[2], int(words[3])
        slaves, rest = [], words[4:]
        while rest:
            if rest[0] == "--slave":
                slaves.append(_Slave(rest[1], rest[2], rest[3]))
                rest = rest[4:]
            else:
                rest = rest[2:] if rest[0] in {"--initscript", "--family"} else rest[1:]
        group = self._load(name) or _Group(link)
        group.choices[path] = _Choice(path, priority, tuple(slaves))
        self._save(name, group)
        return Reply()

    def _remove(self, name: str, path: str) -> Reply:
        group = self._load(name)
        if group is None or path not in group.choices:
            return Reply(
                2, errors=f"failed to read link /etc/alternatives/{name}: No such file or directory\n"
            )
        self._unlink(name, group)
        del group.choices[path]
        if group.current == path:
            group.mode = "auto"
        self._save(name, group)
        return Reply()

    def _set(self, name: str, path: str) -> Reply:
        group = self._load(name)
        if group is None or path not in group.choices:
            return Reply(2, errors=f"{path} has not been configured as an alternative for {name}\n")
        self._unlink(name, group)
        group.mode, group.current = "manual", path
        self._save(name, group)
        return Reply()

    def _auto(self, name: str) -> Reply:
        group = self._load(name)
        if group is None:
            return Reply(2, errors=f"failed to read {_STATE}/{name}: No such file or directory\n")
        self._unlink(name, group)
        group.mode = "auto"
        self._save(name, group)
        return Reply()

    def _display(self, name: str) -> Reply:
        group = self._load(name)
        if group is None:
            return Reply(2)
        best = self._best(group)
        lines = [f"{name} - status is {group.mode}.", f" link currently points to {group.current}"]
        for choice in group.choices.values():
            lines.append(f"{choice.path} - priority {choice.priority}")
            lines += [f" slave {slave.name}: {slave.path}" for slave in choice.slaves]
        lines.append(f"Current `best' version is {best.path}.")
        return Reply(output="".join(f"{line}\n" for line in lines))

    def _list(self) -> Reply:
        lines = []
        for path in sorted((self._root / _STATE).iterdir()):
            group = self._load(path.name)
            if group is not None:
                lines.append(f"{path.name}\t{group.mode}\t{group.current}\n")
        return Reply(output="".join(lines))

    def _load(self, name: str) -> _Group | None:
        try:
            return msgspec.json.decode((self._root / _STATE / name).read_bytes(), type=_Group)
        except FileNotFoundError:
            return None

    @staticmethod
    def _best(group: _Group) -> _Choice:
        return max(group.choices.values(), key=lambda choice: choice.priority)

    def _save(self, name: str, group: _Group) -> None:
        """Write the group down and set its links; a group without choice goes, with its links."""
        if not group.choices:
            self._unlink(name, group)
            (self._root / _STATE / name).unlink(missing_ok=True)
            return
        if group.mode == "auto" or group.current not in group.choices:
            group.current = self._best(group).path
        choice = group.choices[group.current]
        for link, short, path in self._links(name, group.link, choice):
            _point(self._root / "etc/alternatives" / short, path)
            _point(self._root / link.lstrip("/"), f"/etc/alternatives/{short}")
        (self._root / _STATE / name).write_bytes(msgspec.json.encode(group))

    def _unlink(self, name: str, group: _Group) -> None:
        choice = group.choices.get(group.current)
        if choice is None:
            return
        for link, short, _path in self._links(name, group.link, choice):
            for place in (self._root / "etc/alternatives" / short, self._root / link.lstrip("/")):
                place.unlink(missing_ok=True)

    @staticmethod
    def _links(name: str, link: str, choice: _Choice) -> list[tuple[str, str, str]]:
        return [
            (link, name, choice.path),
            *((slave.link, slave.name, slave.path) for slave in choice.slaves),
        ]


def _point(link: Path, target: str) -> None:
    link.parent.mkdir(parents=True, exist_ok=True)
    link.unlink(missing_ok=True)
    link.symlink_to(target)
