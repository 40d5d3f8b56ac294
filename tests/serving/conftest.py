"""Fixtures of all tests of the server."""

from servers import client, couple, make_client, make_server, photo, portrait, server

__all__ = ["client", "couple", "make_client", "make_server", "photo", "portrait", "server"]
