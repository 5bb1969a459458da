"""Configuration files on a host: read, replaced and restored exactly; and the record of how they were."""
