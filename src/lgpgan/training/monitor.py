"""Warnings when the diagnostics of a run show that a GAN does not learn what it should."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["DiagnosticsMonitor", "Patience"]

PATIENCE_SHARE = 0.1
PATIENCE_IMAGES = 4_000
PATIENCE_UPDATES = 500
STUCK_MASK = 0.995
UNCHANGED = 0.004
COLLAPSED_MARGIN = 25.0
MUCH_BETTER_THAN_CHANCE = 1.5

ADVICE = {
    "mask": "the attention masks keep {keep:.1%} of the input after {images} images, so nothing is "
    "drawn. Try a larger weight of the term of classes or action units, or a smaller one of cycle "
    "and reconstruction.",
    "unchanged": "outputs differ from inputs by only {change:.4f} (of 2) after {images} images. "
    "Try a larger weight of the term of classes or action units, or look at the labels of the set.",
    "class": "only {fake_accuracy:.0%} of the outputs are put into their class after {images} "
    "images, chance being {chance:.0%}. Look at the labels of the set, or train longer with a "
    "larger weight of the class term.",
    "collapse": "the discriminators hold real images for {margin:.0f} more real than outputs after "
    "{images} images: the generators get no useful gradient. Try a lower discriminator_rate, fewer "
    "discriminator_updates, or a larger weight of the gradient penalty.",
}
"""The warning of each sign."""


@dataclass(frozen=True)
class Patience:
    """How much of a run passes without a warning: at the beginning every sign is normal.

    Both must have passed, so a shorter run never warns.

    Attributes:
        images: images seen.
        updates: updates of the generators.
    """

    images: int
    updates: int = PATIENCE_UPDATES

    @classmethod
    def of_run(cls, images: int) -> Patience:
        """The patience with a run of so many images: a tenth of it, and 4,000 images at least."""
        return cls(max(PATIENCE_IMAGES, round(PATIENCE_SHARE * images)))


class DiagnosticsMonitor:
    """Warns once for each sign that training does not go well.

    Args:
        patience: how much of the run passes before the first warning.
        classes: number of classes.
    """

    def __init__(self, *, patience: Patience, classes: int) -> None:
        self.patience = patience
        self.chance = 1 / classes
        self._warned: set[str] = set()

    def warnings(self, images: int, updates: int, diagnostics: Mapping[str, float]) -> list[str]:
        """The new warnings, one sentence for each sign.

        Args:
            images: images seen so far.
            updates: updates of the generators so far.
            diagnostics: figures of :meth:`lgpgan.methods.objective.Objective.diagnostics`. A
                figure that the method does not have, as a mask or classes, is no sign.
        """
        if images < self.patience.images or updates < self.patience.updates:
            return []
        signs = {
            "mask": diagnostics.get("keep", 0) > STUCK_MASK,
            "unchanged": diagnostics["change"] < UNCHANGED,
            "class": diagnostics.get("fake_accuracy", 1) < MUCH_BETTER_THAN_CHANCE * self.chance,
            "collapse": abs(diagnostics["margin"]) > COLLAPSED_MARGIN,
        }
        new = [sign for sign, there in signs.items() if there and sign not in self._warned]
        self._warned.update(new)
        return [
            ADVICE[sign].format(images=images, chance=self.chance, **diagnostics) for sign in new
        ]
