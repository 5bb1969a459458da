"""``midonet-lab demo``: an operator's session on a practice site, scene by scene, checked as it goes."""

from midonet_lab.demo.play import run_demo
from midonet_lab.demo.stage import DemoFailed, Stage

__all__ = ["DemoFailed", "Stage", "run_demo"]
