"""Early signs that a GAN is not learning what it should, and what to try."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["Watch"]

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
    "{images} images: the generators get no useful slope. Try a lower discriminator_rate, fewer "
    "discriminator_updates, or a larger weight of the gradient penalty.",
}
"""What is said, by sign."""


class Watch:
    """Looks at a run's diagnostics, and says once what seems wrong.

    Args:
        patience: images before anything is said; at the beginning all of it is normal.
        classes: how many there are.
    """

    def __init__(self, *, patience: int, classes: int) -> None:
        self.patience = patience
        self.chance = 1 / classes
        self._said: set[str] = set()

    def look(self, images: int, means: Mapping[str, float]) -> list[str]:
        """What is to be said after so many images.

        Args:
            images: seen so far.
            means: of :meth:`lgpgan.methods.objective.Objective.diagnostics`, since the last look.
        """
        if images < self.patience:
            return []
        # What a method does not know, as a mask or classes, does not look wrong.
        signs = {
            "mask": means.get("keep", 0) > STUCK_MASK,
            "unchanged": means["change"] < UNCHANGED,
            "class": means.get("fake_accuracy", 1) < MUCH_BETTER_THAN_CHANCE * self.chance,
            "collapse": abs(means["margin"]) > COLLAPSED_MARGIN,
        }
        new = [sign for sign, there in signs.items() if there and sign not in self._said]
        self._said.update(new)
        return [ADVICE[sign].format(images=images, chance=self.chance, **means) for sign in new]
