"""What every method's generators are to those who use them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from torch import Tensor, nn

from lgpgan.methods.change import Fake

__all__ = ["FaceGenerator"]

Made = TypeVar("Made", bound=Fake, covariant=True)


class FaceGenerator(nn.Module, ABC, Generic[Made]):
    """The generators of a method, from a face and a label to another face."""

    @abstractmethod
    def forward(
        self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
    ) -> Made:
        """Give faces another expression.

        Args:
            image: (B, 3, 128, 128) aligned faces, −1 to 1.
            label: (B, N) target; or, where eyes and mouth differ, the mouth's. Of a method that is
                told action units, too, (B, N + A) where they are asked for on top of that.
            mouth_top: (B,) first row of each face's mouth region.
            eye_label: the same of the eyes, where it differs.
        """

    if TYPE_CHECKING:

        def __call__(
            self, image: Tensor, label: Tensor, mouth_top: Tensor, eye_label: Tensor | None = None
        ) -> Made:
            """As :meth:`forward`, which torch calls."""

    @abstractmethod
    def take_over(self, trained: Any, planes: Mapping[int, int]) -> None:
        """Begin with the weights of trained generators of the same shape but for the labels.

        Args:
            trained: the other generators, of the same method.
            planes: number of a class here to that of the same class there; the others stay as they
                are.

        Raises:
            RuntimeError: when the shapes differ otherwise.
        """
