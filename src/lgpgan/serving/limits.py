"""How much a server takes and keeps, so that its memory stays flat whatever clients send."""

from __future__ import annotations

from dataclasses import dataclass, fields

from lgpgan.errors import InputError
from lgpgan.photos.reading import MAXIMUM_MEGAPIXELS

__all__ = ["LEAST_RATE", "MEGABYTE", "PREVIEW_SIDE", "REQUEST_BYTES", "Limits"]

MEGABYTE = 1_000_000
REQUEST_BYTES = 65_536
"""Bytes of a request that holds no photo."""
LEAST_RATE = 65_536
"""Bytes a second that a request must bring, and that a client must take, in the long run."""
PREVIEW_SIDE = 2048
"""Pixels of a preview's longer side at most."""


@dataclass(frozen=True, kw_only=True)
class Limits:
    """Bounds of a server; each is an option of ``lgpgan serve``.

    Attributes:
        photo_megabytes: of a photo's file.
        megapixels: of a photo; half as many where it has 16 bits a colour.
        photos: kept at a time; the least recently used one goes.
        kept_megabytes: of the files of all photos that are kept.
        opened_megabytes: of photos that lie decoded in a process; one that is not among them is
            decoded again when it is asked for.
        minutes: after which a photo goes that was not used.
        waiting: requests that wait for their turn.
        transfer_megabytes: of all requests and answers that are on their way.
        connections: open at a time.
        patience: seconds in which a request must arrive, and an answer be taken; one more for every
            :data:`LEAST_RATE` bytes.
    """

    photo_megabytes: float = 64
    megapixels: float = 50
    photos: int = 32
    kept_megabytes: float = 512
    opened_megabytes: float = 512
    minutes: float = 30
    waiting: int = 64
    transfer_megabytes: float = 512
    connections: int = 256
    patience: float = 20

    def __post_init__(self) -> None:
        """Refuse bounds that let nothing through.

        Raises:
            InputError: naming the option.
        """
        for one in fields(self):
            value = getattr(self, one.name)
            if not 0 < value < float("inf"):
                raise InputError(
                    f"--{one.name.replace('_', '-')} {value:g} is out of range; choose one above 0."
                )
        if self.megapixels > MAXIMUM_MEGAPIXELS:
            raise InputError(
                f"--megapixels {self.megapixels:g} is out of range; lgpgan takes "
                f"{MAXIMUM_MEGAPIXELS} at most."
            )

    @property
    def photo_bytes(self) -> int:
        """Of a photo's file."""
        return int(self.photo_megabytes * MEGABYTE)

    @property
    def kept_bytes(self) -> int:
        """Of the files of all photos that are kept."""
        return int(self.kept_megabytes * MEGABYTE)

    @property
    def opened_bytes(self) -> int:
        """Of photos that lie decoded in a process."""
        return int(self.opened_megabytes * MEGABYTE)

    @property
    def transfer_bytes(self) -> int:
        """Of all requests and answers that are on their way."""
        return int(self.transfer_megabytes * MEGABYTE)
