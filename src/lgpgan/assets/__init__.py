"""Optional files: their list, their sources, and whether they are in the cache."""
