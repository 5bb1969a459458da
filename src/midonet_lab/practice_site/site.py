"""The practice site as its users see it: up, down, how it is, and how to work on it."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress

from midonet_lab.hosts.site.layout import FamilyChoice, default_recipe
from midonet_lab.midonet5.mn_conf.schema import Version
from midonet_lab.practice_site.building import SiteBuilder, Tell
from midonet_lab.practice_site.servers import SiteServers
from midonet_lab.practice_site.state import State, new_state, read_state
from midonet_lab.practice_site.taking_down import clear
from midonet_lab.recipe import Recipe
from midonet_migrate.errors import UsageError, WrongState
from midonet_migrate.run.atomic import DIRECTORY_MODE, TEMPORARY_SUFFIX, file_errors
from midonet_migrate.run.file_lock import LOCK_FILE, FileLock

_TAKE_DOWN = "Take it down first (midonet-lab down), or give another --directory."


class PracticeSite(SiteServers):
    """The practice site in ``directory``, built or not; sites in different directories do not meet.

    ``guarded``: its servers die with this process, and their data with them; else they live on until
    :meth:`down`, which any later process can call.
    """

    def state(self) -> State | None:
        """What the directory holds; None when there is no practice site. Raises ``CorruptFile``."""
        return read_state(self.directory)

    def up(
        self,
        recipe: Recipe | None = None,
        tell: Tell = lambda _text: None,
        *,
        target_version: Version | None = None,
        hosts: FamilyChoice | None = None,
    ) -> bool:
        """Build the site, or start what of it does not run; False when there was nothing to do.

        Without ``recipe``: the site that is there, else the default one. ``target_version``: of the
        midonet-cluster to be installed. ``hosts``: with hosts of that family, which need root's rights.
        Raises ``WrongState`` when another recipe's or version's site, or one with other hosts is there,
        ``UsageError`` when the directory holds something else, ``LockHeld`` while another process works on
        it, and ``ServerFailed``.
        """
        with self._locked(make=True):
            state = self.state()
            if state is None:
                self._refuse_foreign_files()
            elif state.status == "building":
                tell(f"Left half-built: clearing {self.directory}")
                clear(self)
            else:
                self._refuse_another(state, recipe, target_version, hosts)
                if self.running:
                    return False
                self._stopped_if_it_fails(SiteBuilder(self, state, tell).start)
                return True
            hosts = hosts or (state.hosts if state is not None else None)
            wanted = recipe or (state.recipe if state is not None else default_recipe(hosts))
            version = target_version or (state.target_version if state is not None else "5.2.1")
            builder = SiteBuilder(self, new_state(wanted, version, hosts), tell)
            self._stopped_if_it_fails(builder.build)
            return True

    def down(self, *, keep: bool = False) -> bool:
        """Stop the servers and delete what :meth:`up` made, or with ``keep`` only stop them.

        Works on a half-built site too. False when there was nothing to do. A process is signalled only when
        it is the one that was started here. Raises ``LockHeld``.
        """
        if not self.directory.is_dir() or self.state() is None:
            return False
        with self._locked(make=False):
            if keep:
                running = self.anything_runs
                self.stop()
                return running
            clear(self)
        with suppress(OSError):
            (self.directory / LOCK_FILE).unlink()
            self.directory.rmdir()  # fails when somebody keeps other things there
        return True

    def environment(self, base: Mapping[str, str] | None = None) -> dict[str, str]:
        """``base`` (this process's environment) changed so that ``midonet-migrate`` works on this site."""
        inherited = os.environ if base is None else base
        foreign = ("MIDO_", "MIDONET_")
        kept = {name: value for name, value in inherited.items() if not name.startswith(foreign)}
        return {**kept, "HOME": "/root", "MIDONET_MIGRATE_ROOT": str(self.root)}

    @contextmanager
    def _locked(self, *, make: bool) -> Iterator[None]:
        with file_errors(self.directory):
            if make:
                self.directory.mkdir(mode=DIRECTORY_MODE, parents=True, exist_ok=True)
        with FileLock(self.directory):
            yield

    def _refuse_foreign_files(self) -> None:
        found = sorted(
            path.name
            for path in self.directory.iterdir()
            if path.name != LOCK_FILE and not path.name.endswith(TEMPORARY_SUFFIX)
        )
        if found:
            raise UsageError(
                f"{self.directory} is not empty and holds no practice site",
                why=f"It holds {', '.join(found[:5])}.",
                hint="Give an empty or a new --directory.",
            )

    def _refuse_another(
        self,
        state: State,
        recipe: Recipe | None,
        target_version: Version | None,
        hosts: FamilyChoice | None,
    ) -> None:
        """What is not asked for may be anything."""
        if recipe is not None and recipe != state.recipe:
            raise WrongState(
                f"There is another practice site in {self.directory}",
                why=f"It was made from {state.recipe}, not from {recipe}.",
                hint=_TAKE_DOWN,
            )
        if target_version is not None and target_version != state.target_version:
            raise WrongState(
                f"The practice site in {self.directory} is for MidoNet {state.target_version}",
                why=f"MidoNet {target_version} was asked for.",
                hint=_TAKE_DOWN,
            )
        if hosts is not None and hosts != state.hosts:
            raise WrongState(
                f"The practice site in {self.directory} has {state.hosts or 'no'} hosts",
                why=f"Hosts were asked for: {hosts}.",
                hint=_TAKE_DOWN,
            )

    def _stopped_if_it_fails(self, work: Callable[[], None]) -> None:
        """Whatever stops the work also stops the servers; state and logs stay, for ``up`` or ``down``."""
        try:
            work()
        except BaseException:
            self.stop()
            raise
