"""A cluster of a guarded site ends with the process that made the site, whoever started the cluster."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time

from midonet_lab.midonet5.cluster.installation import Installation, Places

_LOOK_SECONDS = 0.5


def watch_owner(places: Places, installation: Installation) -> None:
    """Look after the owner from a thread: when it is gone, end this process at once, and its data."""
    owner = installation.owner
    if owner is None:
        return

    def watch() -> None:
        while owner.alive:
            time.sleep(_LOOK_SECONDS)
        if installation.disposable:
            shutil.rmtree(places.home, ignore_errors=True)
        os.kill(os.getpid(), signal.SIGKILL)

    threading.Thread(target=watch, name="owner", daemon=True).start()
