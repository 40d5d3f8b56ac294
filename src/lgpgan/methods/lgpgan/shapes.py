"""Shapes of LGP-GAN's networks: the paper's, and those of the shipped weights."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields, replace
from typing import Any

from lgpgan.methods.stored_shapes import plain_generator
from lgpgan.networks.flow_generator import FlowGeneratorConfig
from lgpgan.networks.generator import GeneratorConfig

__all__ = [
    "FlowLgpGanConfig",
    "LgpGanConfig",
    "flow_networks",
    "narrow_networks",
    "paper_networks",
    "shape_from_values",
]


@dataclass(frozen=True)
class LgpGanConfig:
    """Shape of LGP-GAN; the defaults are those of Tables II and III.

    Attributes:
        global_generator: the generator of stage II.
        local_generator: each of the two generators of stage I, for the eyes and for the mouth.
        discriminator_channels: channels of the first layer of every discriminator.
        global_layers: layers of the global discriminator.
        local_layers: layers of the local discriminators.
        slope: slope of the discriminators' leaky ReLU for negative values.
    """

    global_generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    local_generator: GeneratorConfig = field(
        default_factory=lambda: GeneratorConfig(residual_blocks=3)
    )
    discriminator_channels: int = 64
    global_layers: int = 6
    local_layers: int = 4
    slope: float = 0.01

    @property
    def labels(self) -> int:
        """n, the number of classes."""
        return self.global_generator.labels


@dataclass(frozen=True)
class FlowLgpGanConfig(LgpGanConfig):
    """Shape of the cascade with a flow, a fade and more; the defaults leave all of that out.

    Attributes:
        global_generator: the generator of stage II.
        local_generator: each of the two generators of stage I.
        fade: pixels from a region's border over which its change rises to its full strength; 0
            replaces the region as it is.
        local: whether there are local generators and discriminators. Without them stage II alone
            works on the input.
        inside: whether the mouth generator reads teeth and gums from a picture of an open mouth.
        relative_colour: whether colours are drawn against the colour of the face's own skin.
        units: numbers of the A action units that can be asked for on top of the classes. A label
            has their intensities, 0 to 1, behind those of the classes.
    """

    global_generator: FlowGeneratorConfig = field(default_factory=FlowGeneratorConfig)
    local_generator: FlowGeneratorConfig = field(
        default_factory=lambda: FlowGeneratorConfig(residual_blocks=3)
    )
    fade: float = 0.0
    local: bool = True
    inside: bool = False
    relative_colour: bool = False
    units: tuple[int, ...] = ()

    @property
    def labels(self) -> int:
        """n, the number of classes."""
        return self.global_generator.labels - len(self.units)

    @classmethod
    def extending(cls, shape: LgpGanConfig) -> FlowLgpGanConfig:
        """The same networks, described so that parts can be added and left out."""
        return cls.from_values(asdict(shape))

    @classmethod
    def from_values(cls, values: Mapping[str, Any]) -> FlowLgpGanConfig:
        """The configuration of which ``dataclasses.asdict`` made ``values``.

        Raises:
            TypeError: when there are unknown values.
            KeyError: when a generator's are missing.
        """
        generators = {
            name: FlowGeneratorConfig(**values[name])
            for name in ("global_generator", "local_generator")
        }
        own = {**generators, "units": tuple(values.get("units", ()))}
        return cls(**{**values, **own})

    def with_units(self, units: Sequence[int]) -> FlowLgpGanConfig:
        """The same networks, but for the action units that can be asked for."""
        labels = self.labels + len(units)
        return replace(
            self,
            units=tuple(units),
            global_generator=replace(self.global_generator, labels=labels),
            local_generator=replace(self.local_generator, labels=labels),
        )


def paper_networks(labels: int = 8) -> LgpGanConfig:
    """Tables II and III at full width, for ``labels`` classes."""
    return LgpGanConfig(
        global_generator=GeneratorConfig(labels=labels),
        local_generator=GeneratorConfig(labels=labels, residual_blocks=3),
    )


def narrow_networks(labels: int = 8) -> LgpGanConfig:
    """Half as wide, first and last layers at half the resolution: a tenth of the arithmetic."""
    narrow = GeneratorConfig(labels=labels, width=32, kernel=5, fold=2)
    return LgpGanConfig(
        global_generator=narrow,
        local_generator=replace(narrow, residual_blocks=3),
        discriminator_channels=32,
        global_layers=5,
    )


def flow_networks(labels: int = 8) -> FlowLgpGanConfig:
    """The narrow networks with heads for flow and shade, as the shipped weights have them."""
    narrow = FlowLgpGanConfig.extending(narrow_networks(labels))

    def with_flow(generator: FlowGeneratorConfig) -> FlowGeneratorConfig:
        return replace(generator, flow_limit=32.0, mask_offset=2.0, look_again=True, shaded=True)

    return replace(
        narrow,
        global_generator=with_flow(narrow.global_generator),
        local_generator=with_flow(narrow.local_generator),
        slope=0.1,
        fade=14.0,
        inside=True,
        relative_colour=True,
    )


def shape_from_values(values: Mapping[str, Any]) -> LgpGanConfig:
    """The shape of which ``dataclasses.asdict`` made ``values``.

    Files of earlier versions have the values of :class:`FlowLgpGanConfig` for all networks, also
    for the paper's, which it describes just as well.

    Raises:
        TypeError: when there are unknown values.
        KeyError: when a generator's are missing.
    """
    of_flow = {field.name for field in fields(FlowLgpGanConfig)}
    if values.keys() & (of_flow - {field.name for field in fields(LgpGanConfig)}):
        return FlowLgpGanConfig.from_values(values)
    generators = {
        name: plain_generator(values[name]) for name in ("global_generator", "local_generator")
    }
    return LgpGanConfig(**{**values, **generators})
