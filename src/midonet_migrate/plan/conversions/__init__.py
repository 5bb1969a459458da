"""What 5.x expresses differently: Provider Router, extra routes, removed anti-spoofing (new 6, orig 5)."""

from midonet_migrate.plan.conversions.all_conversions import plan_conversions

__all__ = ["plan_conversions"]
