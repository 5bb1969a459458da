"""Starting and stopping the stand-in as a process of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Self

from midonet_lab.midonet19.options import Faults, Options
from midonet_lab.rest_api.process import ApiProcess
from midonet_lab.sites.site import Site


class Midonet19Api(ApiProcess[Options, Faults]):
    """A running stand-in for the 1.9 API on 127.0.0.1.

    ``site``: the site, or the file it was saved to. ``port`` 0 = any free one. ``directory`` holds site,
    port, options and log. Use it in a ``with`` block, or call ``start`` and ``stop``.
    """

    title = "the 1.9 API stand-in"
    module = "midonet_lab.midonet19"

    def __init__(
        self,
        site: Site | Path,
        directory: Path,
        *,
        options: Options | None = None,
        faults: Faults | None = None,
        port: int = 0,
        guarded: bool = True,
        disposable: bool = False,
    ) -> None:
        settings = (options or Options(), faults or Faults())
        super().__init__(directory, *settings, port=port, guarded=guarded, disposable=disposable)
        self._site = site.absolute() if isinstance(site, Path) else site

    def start(self) -> Self:
        """Start, and wait until it accepts connections. Raises ``ServerFailed``."""
        if self.running:
            return self
        site_file = self._site if isinstance(self._site, Path) else self.directory / "site.json"
        if isinstance(self._site, Site):
            self.directory.mkdir(parents=True, exist_ok=True)
            self._site.save(site_file)
        self.launch(["--site", str(site_file)])
        return self
