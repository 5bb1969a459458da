"""What a practice site is made from."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import msgspec

from midonet_lab.sites.generator import SIZES, Flavour, SiteSpec, generate
from midonet_lab.sites.recording import API_FILE, load_recording
from midonet_lab.sites.site import Site
from midonet_lab.sites.variety import Variety
from midonet_migrate.errors import UsageError

SizeName = Literal["small", "medium", "large"]
_VMS_OF_A_HOST = 4


class Recipe(msgspec.Struct, kw_only=True, frozen=True):
    """A generated site, or with ``recording`` the one recorded in that directory."""

    size: SizeName = "small"
    seed: int = 1
    oddities: bool = True
    recording: str | None = None
    computes: int = 0
    """How many compute hosts; 0: as many as a site of this size has."""
    gateways: int = 0
    flavour: Flavour = "v1"
    variety: tuple[Variety, ...] = ()

    def __str__(self) -> str:
        if self.recording is not None:
            return f"the recording {self.recording}"
        oddities = "with oddities" if self.oddities else "without oddities"
        counts = f", {self.computes} computes" if self.computes else ""
        counts += f", {self.gateways} gateways" if self.gateways else ""
        flavour = f", plug-in {self.flavour}" if self.flavour != "v1" else ""
        variety = f", variety {' '.join(self.variety)}" if self.variety else ""
        return f"size {self.size}, seed {self.seed}, {oddities}{counts}{flavour}{variety}"

    def make(self) -> Site:
        """The site. Raises ``UsageError`` when the recording cannot be read."""
        if self.recording is None:
            return generate(self._specification(), self.seed, self.oddities)
        folder = Path(self.recording)
        try:
            return load_recording(folder)
        except (OSError, msgspec.MsgspecError, KeyError) as error:
            raise UsageError(
                f"There is no recording of a site in {folder}",
                why=f"{type(error).__name__}: {error}",
                hint=f"Give a directory with {API_FILE}, neutron.sql, zookeeper.json and intent.json.",
            ) from error

    def _specification(self) -> SiteSpec:
        """With more compute hosts there are more VMs, so that each has some."""
        spec = SIZES[self.size]
        more = max(0, self.computes - spec.compute_hosts)
        return msgspec.structs.replace(
            spec,
            ports=spec.ports + more * _VMS_OF_A_HOST,
            compute_hosts=self.computes or spec.compute_hosts,
            uplinks=self.gateways or spec.uplinks,
            flavour=self.flavour,
            variety=self.variety,
        )
