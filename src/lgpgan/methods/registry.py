"""Every method by its name: the shape of its networks, and how they are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from torch import nn

from lgpgan.methods.attgan import AttGan, AttGanConfig, AttGanDiscriminators
from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.ganimation import Ganimation, GanimationConfig, GanimationDiscriminators
from lgpgan.methods.lgpgan import LgpGan, LgpGanConfig, LgpGanDiscriminators
from lgpgan.methods.stargan import StarGan, StarGanConfig, StarGanDiscriminators

__all__ = ["METHODS", "Method", "Shape"]


class Shape(Protocol):
    """What describes a method's networks: a frozen dataclass of plain values.

    Its type makes one of what ``dataclasses.asdict`` gave, with ``from_values``, and knows the
    shapes ``paper`` and ``narrow``.
    """

    @property
    def labels(self) -> int:
        """n, the number of classes."""
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
        for method in (
            Method("lgp-gan", "LGP-GAN", LgpGanConfig, LgpGan, LgpGanDiscriminators),
            Method("stargan", "StarGAN", StarGanConfig, StarGan, StarGanDiscriminators),
            Method("attgan", "AttGAN", AttGanConfig, AttGan, AttGanDiscriminators),
            Method(
                "ganimation", "GANimation", GanimationConfig, Ganimation, GanimationDiscriminators
            ),
        )
    }
)
"""Every method by its name."""
