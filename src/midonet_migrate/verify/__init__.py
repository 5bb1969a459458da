"""Old site = new site? What the plan promised, compared with what is there."""
