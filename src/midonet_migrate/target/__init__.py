"""Writing the new site."""
