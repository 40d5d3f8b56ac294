"""Every method by its name: the shape of its networks, and how they are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol, Self

from torch import nn

from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.lgpgan import LgpGan, LgpGanConfig, LgpGanDiscriminators

__all__ = ["METHODS", "Method", "Shape"]


class Shape(Protocol):
    """What describes a method's networks: a frozen dataclass of plain values."""

    __dataclass_fields__: Any

    @property
    def labels(self) -> int:
        """n, the number of classes."""
        ...

    @classmethod
    def from_values(cls, values: Mapping[str, Any], /) -> Self:
        """What ``dataclasses.asdict`` made of a shape, back.

        Raises:
            TypeError: when there are unknown values.
            KeyError: when some are missing.
        """
        ...


@dataclass(frozen=True)
class Method:
    """A method of facial expression synthesis.

    Attributes:
        name: as on the command line and in weights.
        title: as in tables.
        shape: type of what describes its networks.
        generators: builds the generators of a shape.
        discriminators: builds all of its discriminators of a shape.
    """

    name: str
    title: str
    shape: type[Any]
    generators: Callable[[Any], FaceGenerator[Fake]]
    discriminators: Callable[[Any], nn.Module]


METHODS: Mapping[str, Method] = MappingProxyType(
    {
        method.name: method
        for method in (Method("lgp-gan", "LGP-GAN", LgpGanConfig, LgpGan, LgpGanDiscriminators),)
    }
)
"""Every method by its name."""
