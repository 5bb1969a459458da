"""A corner of a host where apt works for us alone: own sources and keys, own lists, own copies of packages.

So packages of MidoNet 5 can be looked up, fetched and checked days ahead, while the host's own apt still
knows nothing of their repository, and can be installed later without network. What is installed, held and
pinned is the host's own.
"""

from __future__ import annotations

import re
from collections.abc import Collection

from midonet_migrate.hosts.packages.apt_calls import AptCalls
from midonet_migrate.hosts.packages.apt_errors import lists_failed
from midonet_migrate.hosts.packages.calls import CHANGE_SECONDS, WRITE_FILES, lines_of
from midonet_migrate.hosts.packages.keyrings import apt_name, binary, read_key
from midonet_migrate.model.hosts import RepositoryDefinition

DIRECTORY = "/var/cache/midonet-migrate/apt"
HOST_SOURCES = "/etc/apt/sources.list"
HOST_SOURCE_PARTS = "/etc/apt/sources.list.d"
HOST_TRUSTED_PARTS = "/etc/apt/trusted.gpg.d"
OWN_SOURCES_FILE = "midonet-migration.list"

_PREPARE = (
    """\
set -e
umask 077
directory=$1
archives=$2
whose=$3
shift 3
mkdir -p "$directory/lists/partial" "$directory/parts" "$directory/keys" "$archives/partial" "$archives/new"
chmod 0700 "$directory" "$archives"
rm -f "$directory"/parts/* "$directory"/keys/* "$directory/refreshed"
: >"$directory/sources.list"
if [ "$whose" = own ]; then
    for file in {sources} {parts}/*.list {parts}/*.sources; do
        [ -f "$file" ] || continue
        for off in "$@"; do
            if [ "$file" = "$off" ]; then continue 2; fi
        done
        case $file in
            {sources}) cat "$file" >"$directory/sources.list" ;;
            *) cp "$file" "$directory/parts/" ;;
        esac
    done
    for file in {keys}/*.gpg {keys}/*.asc; do
        if [ -f "$file" ]; then cp "$file" "$directory/keys/"; fi
    done
fi
"""
    + WRITE_FILES
)
_SUM = """\
directory=$1
shift
{
    for file in {sources} {parts}/*.list {parts}/*.sources; do
        for off in "$@"; do
            if [ "$file" = "$off" ]; then continue 2; fi
        done
        [ -f "$file" ] && printf '%s\\n' "$file" && cat "$file"
    done
    cat
} | sha256sum | cut -d ' ' -f 1
"""
_DIGEST = f"""\
{_SUM}
cat "$directory/refreshed" 2>/dev/null
true
"""
_KEEP_DIGEST = f"""\
umask 077
{{
{_SUM}
}} >"$1/refreshed.new" && mv -f "$directory/refreshed.new" "$directory/refreshed"
"""
_FETCH = """\
set -e
cd "$1/new"
rm -f -- *
shift
"$@"
cd ..
for file in new/*.deb; do
    dd if=/dev/null of="$file" conv=notrunc,fsync 2>/dev/null
    mv -f "$file" .
done
"""
_ARCHIVES = """\
cd "$1" 2>/dev/null || exit 0
for file in *.deb; do if [ -f "$file" ]; then printf '%s\\n' "$file"; fi; done
true
"""
_SIGNED_BY = re.compile(r"(?<=signed-by=)[^\s,\]]*/([^/\s,\]]+)")


class PrivateApt:
    """The corner of one host. With a ``definition`` the repositories are the host's (but for those that it
    disables) and the defined one; without, they are the host's own. Fetched packages are common to both."""

    def __init__(
        self,
        calls: AptCalls,
        definition: RepositoryDefinition | None = None,
        *,
        directory: str = DIRECTORY,
    ) -> None:
        self._calls = calls
        self._definition = definition
        self.directory = f"{directory}/{'migration' if definition is not None else 'host'}"
        self.archives = f"{directory}/archives"
        self.note = f"{directory}/transaction"
        self.log = f"{self.directory}/last.log"
        self._ready = False

    def command(self, program: str, *words: str) -> list[str]:
        """``apt-get`` and the like with these settings; the last word on them is ours."""
        return [program, "-c", f"{self.directory}/apt.conf", *words]

    def prepare(self) -> None:
        """Make sure that lists are there, of just these repositories; fetch them if not.

        Raises as :meth:`refresh`.
        """
        if self._ready:
            return
        now, known = self._digests()
        if now == known:
            self._ready = True
        else:
            self.refresh()

    def refresh(self) -> None:
        """Write settings and repositories anew, and fetch their lists. Lists of old times are not taken.

        Raises ``NoRepository`` when one does not answer or cannot be trusted, ``NoPermission``,
        ``PackagesBusy``, and ``ConfigError`` for a key that cannot be read here.
        """
        self._ready = False
        self._write_all()
        command = self.command("apt-get", "-q", "update")
        done = self._calls.run(command, timeout=CHANGE_SECONDS)
        if lists_failed(done):
            raise self._calls.error(command, done)
        self._digest_script(_KEEP_DIGEST)
        self._ready = True

    def fetched(self) -> set[str]:
        """The names of the files that are in the archives, whole."""
        return set(self._calls.script(_ARCHIVES, self.archives).splitlines())

    def fetch(self, packages: list[str]) -> None:
        """Put packages (``name=version``) into the archives. apt looks at signatures here, always; they
        appear there whole or not at all. Raises what apt's words mean."""
        download = self.command("apt-get", "-q", "download", *packages)
        command = ["sh", "-c", _FETCH, "sh", self.archives, *download]
        done = self._calls.run(command, timeout=CHANGE_SECONDS)
        if done.status:
            raise self._calls.error(download, done)

    @property
    def _left_out(self) -> tuple[str, ...]:
        """Sources of the host that count for nothing here. What the switch puts there is our own text."""
        if self._definition is None:
            return ()
        return (*self._definition.disables, f"{HOST_SOURCE_PARTS}/{OWN_SOURCES_FILE}")

    def _digests(self) -> tuple[str, str]:
        """What the repositories are now, and what they were when their lists were fetched."""
        lines = self._digest_script(_DIGEST).split()
        return lines[0], lines[1] if len(lines) > 1 else ""

    def _digest_script(self, script: str) -> str:
        definition = self._definition
        own = "" if definition is None else "\0".join([definition.text, *definition.disables])
        return self._calls.script(_with_places(script), self.directory, *self._left_out, stdin=own)

    def _write_all(self) -> None:
        definition = self._definition
        own = definition is not None
        files = {"apt.conf": settings(self.directory, self.archives, own=own).encode()}
        if definition is not None:
            names = {name for key in definition.keys for name in (key.name, apt_name(key.name))}
            text = with_key_directory(definition.text, names, f"{self.directory}/keys")
            files[f"parts/{OWN_SOURCES_FILE}"] = text.encode()
            files |= {
                f"keys/{apt_name(key.name)}": binary(read_key(key), key.file) for key in definition.keys
            }
        places = (self.directory, self.archives, "own" if own else "host", *self._left_out)
        self._calls.script(_with_places(_PREPARE), *places, stdin=lines_of(files))


def settings(directory: str, archives: str, *, own: bool) -> str:
    """The text of our ``apt.conf``, read after the host's. ``own``: with sources and keys of the corner."""
    values = {
        "Dir::State::lists": f"{directory}/lists/",
        "Dir::Cache::archives": f"{archives}/",
        # No index of the corner's lists is left behind in the host's own cache.
        "Dir::Cache::pkgcache": "",
        "Dir::Cache::srcpkgcache": "",
        "Acquire::Languages": "none",
        "Acquire::PDiffs": "false",
        # apt 2.6 with retries may wait for ever for a server that refuses it.
        "Acquire::Retries": "0",
        # Of a server that accepts and says nothing.
        "Acquire::http::Timeout": "60",
        "Acquire::https::Timeout": "60",
        # The corner is root's alone; apt since 1.1 would fetch as somebody else.
        "APT::Sandbox::User": "root",
        # Nothing is taken along or away without a word.
        "APT::Install-Recommends": "false",
        "APT::Install-Suggests": "false",
        "APT::Get::AutomaticRemove": "false",
        "APT::Get::Purge": "false",
        "Dpkg::Use-Pty": "false",
        "Dpkg::Progress-Fancy": "false",
    }
    if own:
        values |= {
            "Dir::Etc::sourcelist": f"{directory}/sources.list",
            "Dir::Etc::sourceparts": f"{directory}/parts/",
            "Dir::Etc::trustedparts": f"{directory}/keys/",
        }
    return "".join(f'{name} "{value}";\n' for name, value in values.items())


def with_key_directory(text: str, names: Collection[str], directory: str) -> str:
    """A sources text whose ``signed-by`` files of these names lie in ``directory`` instead."""

    def moved(match: re.Match[str]) -> str:
        return f"{directory}/{apt_name(match[1])}" if match[1] in names else match[0]

    return _SIGNED_BY.sub(moved, text)


def _with_places(script: str) -> str:
    places = {"{sources}": HOST_SOURCES, "{parts}": HOST_SOURCE_PARTS, "{keys}": HOST_TRUSTED_PARTS}
    for name, place in places.items():
        script = script.replace(name, place)
    return script
