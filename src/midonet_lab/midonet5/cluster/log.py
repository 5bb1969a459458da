"""The log file of midonet-cluster."""

from __future__ import annotations

import logging
from pathlib import Path

CLUSTER_LOGGER = "org.midonet.cluster"


def log_to(path: Path) -> None:
    """Write the records of MidoNet's loggers to ``path``: time, level, logger, message."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handler = logging.FileHandler(path, encoding="utf-8")
    handler.setFormatter(
        logging.Formatter(
            "%(asctime)s.%(msecs)03d %(levelname)-5s %(name)s -  %(message)s", datefmt="%Y.%m.%d %H:%M:%S"
        )
    )
    logger = logging.getLogger("org.midonet")
    logger.setLevel(logging.INFO)
    logger.addHandler(handler)
    logger.propagate = False
