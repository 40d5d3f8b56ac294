"""Every method by its name: the shapes of its networks, and how they are built."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Protocol

from torch import nn

from lgpgan.methods.attgan import AttGan, AttGanConfig, AttGanDiscriminators
from lgpgan.methods.change import Fake
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.ganimation import Ganimation, GanimationConfig, GanimationDiscriminators
from lgpgan.methods.lgpgan import build_discriminators, build_generators
from lgpgan.methods.lgpgan.shapes import (
    flow_networks,
    narrow_networks,
    paper_networks,
    shape_from_values,
)
from lgpgan.methods.stargan import StarGan, StarGanConfig, StarGanDiscriminators

__all__ = ["METHODS", "Method", "NamedShape", "Shape"]


class Shape(Protocol):
    """What describes a method's networks: a frozen dataclass of plain values."""

    @property
    def labels(self) -> int:
        """n, the number of classes."""
        ...


class NamedShape(Protocol):
    """Makes the shape of networks that have a name, as ``paper``."""

    def __call__(self, classes: Sequence[str], *, exact_units: bool = False) -> Shape:
        """The shape for some classes.

        Args:
            classes: their names, in the order of a label.
            exact_units: whether the set tells the action units of every face.

        Raises:
            InputError: when the method needs the action units of every class, and those of one are
                not known.
        """


@dataclass(frozen=True)
class Method:
    """A method of facial expression synthesis.

    Attributes:
        name: as on the command line and in weights.
        title: as in tables.
        networks: shapes of networks by their names on the command line.
        shape_from_values: makes a shape of what ``dataclasses.asdict`` made of one; raises
            TypeError, KeyError or ValueError when the values describe none.
        generators: builds the generators of a shape.
        discriminators: builds all discriminators of a shape.
        version: grows whenever the same run would end otherwise than before: with the networks,
            the objective, or how a step is made. Finished cells of a comparison remember it.
    """

    name: str
    title: str
    networks: Mapping[str, NamedShape]
    shape_from_values: Callable[[Mapping[str, Any]], Shape]
    generators: Callable[[Any], FaceGenerator[Fake]]
    discriminators: Callable[[Any], nn.Module]
    version: int = 1


def _of_count(shape: Callable[[int], Shape]) -> NamedShape:
    """A shape that depends on the number of classes alone."""

    def of_classes(classes: Sequence[str], *, exact_units: bool = False) -> Shape:
        return shape(len(classes))

    return of_classes


LGP_GAN = Method(
    "lgp-gan",
    "LGP-GAN",
    networks={
        "paper": _of_count(paper_networks),
        "narrow": _of_count(narrow_networks),
        "flow": _of_count(flow_networks),
    },
    shape_from_values=shape_from_values,
    generators=build_generators,
    discriminators=build_discriminators,
)
STARGAN = Method(
    "stargan",
    "StarGAN",
    networks={"paper": _of_count(StarGanConfig.paper), "narrow": _of_count(StarGanConfig.narrow)},
    shape_from_values=StarGanConfig.from_values,
    generators=StarGan,
    discriminators=StarGanDiscriminators,
)
ATTGAN = Method(
    "attgan",
    "AttGAN",
    networks={"paper": _of_count(AttGanConfig.paper), "narrow": _of_count(AttGanConfig.narrow)},
    shape_from_values=AttGanConfig.from_values,
    generators=AttGan,
    discriminators=AttGanDiscriminators,
)
GANIMATION = Method(
    "ganimation",
    "GANimation",
    networks={"paper": GanimationConfig.paper, "narrow": GanimationConfig.narrow},
    shape_from_values=GanimationConfig.from_values,
    generators=Ganimation,
    discriminators=GanimationDiscriminators,
)

METHODS: Mapping[str, Method] = MappingProxyType(
    {method.name: method for method in (LGP_GAN, STARGAN, ATTGAN, GANIMATION)}
)
"""Every method by its name."""
