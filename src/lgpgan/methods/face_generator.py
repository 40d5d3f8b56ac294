"""The interface of every method's generators."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar, Generic, NamedTuple, TypeVar

from torch import Tensor, nn

from lgpgan.methods.change import Fake
from lgpgan.networks.label_convolution import LabelledEncoder

__all__ = ["FaceGenerator", "LabelInputs"]

Synthesised = TypeVar("Synthesised", bound=Fake, covariant=True)


class LabelInputs(NamedTuple):
    """Which inputs of a layer are label planes: all from a number on.

    Attributes:
        first: number of inputs before the label planes.
        dimension: of the layer's weight, along which its inputs lie: 1 of a convolution, 0 of a
            transposed one.
    """

    first: int
    dimension: int


class FaceGenerator(nn.Module, ABC, Generic[Synthesised]):
    """The generators of a method: from a face and a label to another face."""

    optional_layers: ClassVar[tuple[str, ...]] = ()
    """Names of layers that weights to begin with may lack (:mod:`lgpgan.methods.warm_start`)."""

    @abstractmethod
    def forward(
        self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
    ) -> Synthesised:
        """Give faces another expression.

        Args:
            image: (B, 3, 128, 128) aligned faces, −1 to 1.
            label: (B, N) target; the mouth's where eyes and mouth differ. (B, N + A) of networks
                that know A action units: their intensities are asked for on top of the classes.
            mouth_top: (B,) first row of each face's mouth region.
            eye_label: target of the eyes where it differs, the same shape as ``label``.
        """

    if TYPE_CHECKING:

        def __call__(
            self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
        ) -> Synthesised:
            """As :meth:`forward`, which torch calls."""

    def label_inputs(self) -> Mapping[str, LabelInputs]:
        """Every weight that has label planes among its inputs, by its name in the state dict."""
        return {
            f"{name}.0.0.weight": LabelInputs(first=3 * encoder.fold**2, dimension=1)
            for name, encoder in self.named_modules()
            if isinstance(encoder, LabelledEncoder)
        }

    def label_planes(self, classes: Sequence[str]) -> Sequence[Hashable]:
        """What each label plane asks for: a class by its name, an action unit by its number.

        Args:
            classes: names of the N classes, in the order of a label.
        """
        return classes
