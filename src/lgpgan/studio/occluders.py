"""What stands in front of a face and does not move with its expression: glasses, hair, hats, hands.

Each is drawn alike into the source and the target of a pair. Flow and visibility are set to what is
then true: what shows the occluder does not move, and the source does not show what it hides.
"""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.records import Face
from lgpgan.faces.alignment import MOUTH, TEMPLES, eye_centres, resample
from lgpgan.studio.augmentation import Augmentation
from lgpgan.studio.easel import Easel, Layer
from lgpgan.studio.occluder_shapes import (
    draw_fringe,
    draw_glasses,
    draw_hat,
    draw_held,
    draw_side_hair,
)

__all__ = ["ANCHORS", "anchor_points", "cover", "draw_occluders", "occlude"]

ANCHORS = ("right eye", "left eye", "right temple", "left temple", "mouth")
"""What occluders are placed by, in the order of :func:`anchor_points`."""
COVERED = 0.4
"""From this opacity on a pixel shows the occluder, which stays where it is, and not the face.

Below a half, because a strand of hair or a frame thinner than a pixel is seen better than the
smooth skin around it.
"""
ALIKE = 0.25
"""Opacities that differ by more are no longer the same picture."""


def anchor_points(faces: Sequence[Face]) -> NDArray[np.float64]:
    """Where :data:`ANCHORS` are in faces, (N, 5, 2) in pixels of the template."""
    points = [
        [
            *eye_centres(face.landmarks),
            *face.landmarks[TEMPLES],
            face.landmarks[MOUTH].mean(axis=0),
        ]
        for face in faces
    ]
    return np.array(points, np.float64)


def occlude(
    batch: PairBatch,
    anchors: NDArray[np.floating],
    options: Augmentation,
    generators: Sequence[np.random.Generator],
) -> PairBatch:
    """Put something in front of some of the faces.

    Args:
        batch: B pairs.
        anchors: (B, 5, 2) of the sources, as :func:`anchor_points` gives them; mirrored or not.
        options: shares.
        generators: one a pair, which everything random is drawn from.

    Returns:
        The pairs, those that nothing was put in front of unchanged.
    """
    sources, targets = batch.source.clone(), batch.target.clone()
    flows, visibles = batch.flow.clone(), batch.visible.clone()
    for number, rng in enumerate(generators):
        layer = draw_occluders(sources[number].numpy(), anchors[number], options, rng)
        if layer is None:
            continue
        _composite(sources[number].numpy(), layer)
        _composite(targets[number].numpy(), layer)
        cover(flows[number].numpy(), visibles[number, 0].numpy(), layer[..., 3])
    return batch._replace(source=sources, target=targets, flow=flows, visible=visibles)


def cover(
    flow: NDArray[np.float32], visible: NDArray[np.float32], opacity: NDArray[np.float32]
) -> None:
    """Set flow and visibility, in place, to what they are behind the same thing in both pictures.

    What shows it stays where it is and is visible. Elsewhere the source shows the target where it
    is covered as much there: through a tinted lens both are.

    Args:
        flow: (2, 128, 128) pixels.
        visible: (128, 128), 0 to 1.
        opacity: (128, 128), 0 to 1.
    """
    rows, columns = np.indices(opacity.shape) + 0.5
    there = np.stack([columns + flow[0], rows + flow[1]], -1)
    in_source = resample(opacity, there, interpolation=cv2.INTER_LINEAR)
    visible[np.abs(in_source - opacity) > ALIKE] = 0
    covered = opacity > COVERED
    flow[:, covered] = 0
    visible[covered] = 1


def draw_occluders(
    image: NDArray[np.float32],
    anchors: NDArray[np.floating],
    options: Augmentation,
    rng: np.random.Generator,
) -> Layer | None:
    """Draw what stands in front of a face.

    Args:
        image: (3, 128, 128) of the face, −1 to 1, for the colours of skin and hair.
        anchors: (5, 2) of it.
        options: shares.
        rng: what everything random is drawn from.

    Returns:
        The layer, or None where nothing is.
    """
    kinds = (
        (draw_side_hair, options.side_hair),
        (draw_fringe, options.fringe),
        (draw_glasses, options.glasses),
        (draw_hat, options.hat),
        (draw_held, options.held),
    )
    chosen = rng.random(len(kinds)) < [share for _, share in kinds]
    if not chosen.any():
        return None
    easel = Easel(image, anchors, rng)  # painted from the hindmost to the foremost
    for (draw, _), wanted in zip(kinds, chosen, strict=True):
        if wanted:
            draw(easel, rng)
    return easel.layer(softness=rng.uniform(0.35, 0.7))


def _composite(image: NDArray[np.float32], layer: Layer) -> None:
    """Put a layer over (3, 128, 128), −1 to 1, in place."""
    colour, opacity = layer[..., :3].transpose(2, 0, 1), layer[..., 3]
    image *= 1 - opacity
    image += 2 * colour - opacity
