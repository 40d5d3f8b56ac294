"""A page and an HTTP API: ``lgpgan serve``."""
