"""The 1.9 API once the controller's files do not name it any more, and once it is back (host 3.7 step 7)."""

from __future__ import annotations

from midonet_migrate.errors import ApiUnreachable, ConfigError, HostsFailed, Recovery
from midonet_migrate.hosts.cluster_api import wait_until_answering
from midonet_migrate.run.directory import IDENTITY_FILE, Identity, open_to_read
from midonet_migrate.settings.effective import Settings
from midonet_migrate.source.midonet.media_types import SYSTEM_STATE
from midonet_migrate.source.midonet.session import Credentials
from midonet_migrate.target.midonet_api.client import LostAnswer, MidonetApi, Unreadable

TOMCAT_SECONDS = 600.0
"""It may wait for entropy for minutes."""
READWRITE = "READWRITE"
_DONE = frozenset({200, 204})


def old_api_url(settings: Settings) -> str:
    """Base URL of the 1.9 API: as the operator gave it, else as the run directory remembers it from before.

    Raises ``ConfigError`` when neither knows it.
    """
    if "source_api" in settings.given and settings.source_api.value is not None:
        return settings.source_api.value
    directory = settings.data_dir.value
    run = open_to_read(directory) if directory.is_dir() else None
    if run is not None and run.exists(IDENTITY_FILE):
        known = run.read_json(IDENTITY_FILE, Identity).site.get("source_api", "")
        if known:
            return f"http://{known}"
    if settings.source_api.value is not None:
        return settings.source_api.value
    raise ConfigError(
        "The address of the MidoNet 1.9 API is not known",
        hint="Give it: --source-api http://HOST:8080/midonet-api",
    )


def credentials_of(settings: Settings) -> Credentials:
    """The account for both APIs. Raises ``ConfigError``."""
    account = settings.require_credentials()
    return Credentials(account.username, account.password.reveal(), account.project)


def open_old_api(url: str, credentials: Credentials, *, seconds: float = TOMCAT_SECONDS) -> bool:
    """Wait until the 1.9 API answers, and make it writable; whether it was not.

    Raises ``HostsFailed`` when it does not come up, ``ApiUnreachable`` when it refuses, and errors of login.
    """
    if not wait_until_answering(url, seconds=seconds):
        raise HostsFailed(
            f"The MidoNet 1.9 API does not answer at {url}",
            why=f"Tomcat was started, but for {seconds:g} seconds nothing answered.",
            hint="Read Tomcat's catalina.out on the controller, correct what it names, then run again.",
            recovery=Recovery.RETRY,
        )
    with MidonetApi(url, credentials) as api:
        state = _state(api)
        if state.get("availability") == READWRITE:
            return False
        wanted = {name: value for name, value in state.items() if name != "uri"} | {"availability": READWRITE}
        try:
            answer = api.write("PUT", "/system_state", SYSTEM_STATE, wanted)
        except LostAnswer as error:
            raise error.final from error
        if answer.status not in _DONE or _state(api).get("availability") != READWRITE:
            raise ApiUnreachable(
                f"The MidoNet 1.9 API at {url} cannot be made writable (status {answer.status})",
                why=answer.reason,
                hint="Do it by hand (midonet-cli: set system-state availability READWRITE), then run again.",
                recovery=Recovery.RETRY,
            )
    return True


def _state(api: MidonetApi) -> dict[str, object]:
    try:
        found = api.get("/system_state", SYSTEM_STATE)
    except Unreadable as error:
        raise ApiUnreachable(
            f"The MidoNet API at {api.shown} does not tell its state", why=error.reason
        ) from error
    if not isinstance(found, dict):
        raise ApiUnreachable(
            f"The MidoNet API at {api.shown} has no system state", hint="Is this the API of MidoNet 1.9?"
        )
    return found
