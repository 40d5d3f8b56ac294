"""The skin and eyes of one person on the shape of another: new people for training.

All faces are drawn with the same mesh, so each point of one person's render has its place on
another's. The colour is read there and laid over the face, in source and target alike. The flow
between them stays exact, as it is of the shape alone. A few hundred photos make tens of thousands
of such pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import cv2
import numpy as np
import torch
from numba import njit
from numpy.typing import NDArray

from lgpgan.datasets.batches import PairBatch
from lgpgan.face3d.correspondence import NOTHING, UNKNOWN, VISIBLE_WITHIN, Correspondence, locate
from lgpgan.face3d.scene import Kind
from lgpgan.faces.alignment import BROWS, JAW, TEMPLATE_SIZE, resample
from lgpgan.networks.warping import warp_by_flow

__all__ = ["Lender", "Wearer", "exchange"]

SOFTNESS = 4.0
"""Blur of the outline of what is exchanged, in template pixels."""
FOREHEAD = 10.0
"""How far above the brows it reaches, in template pixels."""
LEAST_MATCH = 0.6
"""Least share of the way that the lender's colours go to the wearer's."""
SPREADS = (0.7, 1.4)
"""Least and greatest factor of the lender's contrast."""


class Lender(NamedTuple):
    """The person whose skin is shown.

    Attributes:
        images: (2, 128, 128, 3) uint8 RGB, with the classes of source and target.
        correspondence: the correspondence of the lender's take.
        faces: numbers of the two faces in it.
    """

    images: NDArray[np.uint8]
    correspondence: Correspondence
    faces: tuple[int, int]


class Wearer(NamedTuple):
    """The person whose shape is shown.

    Attributes:
        landmarks: (68, 2) of the source.
        correspondence: the correspondence of the wearer's take.
        faces: numbers of source and target in it.
    """

    landmarks: NDArray[np.floating]
    correspondence: Correspondence
    faces: tuple[int, int]


def exchange(
    batch: PairBatch,
    wearers: Sequence[Wearer],
    lenders: Sequence[Lender | None],
    generators: Sequence[np.random.Generator],
) -> PairBatch:
    """Give some of the faces the skin and eyes of others.

    Args:
        batch: B pairs, as they were drawn: not yet moved, so that correspondences hold.
        wearers: one a pair.
        lenders: one a pair; None where nothing is exchanged.
        generators: one a pair, which the match of the colours is drawn from.

    Returns:
        The pairs; all but the pictures unchanged.
    """
    source, target = batch.source.clone(), batch.target.clone()
    for number, (wearer, lender) in enumerate(zip(wearers, lenders, strict=True)):
        if lender is None:
            continue
        there = _numbers(wearer.correspondence, lender.correspondence)
        back = _numbers(lender.correspondence, wearer.correspondence)
        lent, known = zip(
            *(_borrowed(wearer, lender, which, there, back) for which in range(2)),
            strict=True,
        )
        weight = _outline(wearer.landmarks) * known[0]
        flow = batch.flow[number : number + 1]
        moved = warp_by_flow(torch.from_numpy(weight)[None, None], flow)[0, 0].numpy() * known[1]
        worn = _pixels(source[number])
        match = generators[number].uniform(LEAST_MATCH, 1)
        factor, offset = _colours(worn, lent[0], weight > 0.5, match)
        for image, skin, share in ((source, lent[0], weight), (target, lent[1], moved)):
            pixels = _pixels(image[number])
            pixels += share[..., None] * (np.clip(skin * factor + offset, -1, 1) - pixels)
    return batch._replace(source=source, target=target)


def _pixels(image: torch.Tensor) -> NDArray[np.float32]:
    """A view (H, W, 3) of an image (3, H, W), to be written to."""
    view: NDArray[np.float32] = image.numpy().transpose(1, 2, 0)
    return view


def _borrowed(
    wearer: Wearer,
    lender: Lender,
    which: int,
    there: NDArray[np.uint16],
    back: NDArray[np.uint16],
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What the lender shows at each point of the wearer's source (0) or target (1).

    Args:
        wearer: whose shape it is.
        lender: whose skin it is.
        which: of the two faces.
        there: number in the lender's take of each of the wearer's triangles.
        back: the other way round.

    Returns:
        (128, 128, 3), −1 to 1, and (128, 128), 1 where the lender shows the point.
    """
    places = np.full((TEMPLATE_SIZE, TEMPLATE_SIZE, 2), -1, np.float32)
    mine, theirs = wearer.correspondence, lender.correspondence
    here, other = wearer.faces[which], lender.faces[which]
    _find(
        mine.triangles,
        mine.kinds,
        mine.positions[here],
        mine.triangle[here],
        mine.barycentric[here],
        theirs.triangles,
        theirs.positions[other],
        theirs.triangle[other],
        theirs.barycentric[other],
        there,
        back,
        places,
    )
    found = (places[..., 0] >= 0).astype(np.float32)
    # Neither a seam where single pixels are missing, nor skin from beyond what was found.
    known = cv2.GaussianBlur(cv2.erode(found, np.ones((3, 3))), (0, 0), 1.0) * found
    skin = resample(lender.images[which], places, interpolation=cv2.INTER_LINEAR)
    return skin.astype(np.float32) / np.float32(127.5) - 1, known


def _numbers(mine: Correspondence, theirs: Correspondence) -> NDArray[np.uint16]:
    """For each triangle of one take its number in another; :data:`NOTHING` where it has none."""
    size = 1 + max(int(mine.mesh_triangle.max()), int(theirs.mesh_triangle.max()))
    numbers = np.full(size, NOTHING, np.uint16)
    numbers[theirs.mesh_triangle] = np.arange(len(theirs.mesh_triangle))
    return numbers[mine.mesh_triangle]


def _outline(landmarks: NDArray[np.floating]) -> NDArray[np.float32]:
    """Weight (128, 128) of the face from chin to forehead, soft at its edge."""
    above = landmarks[BROWS] - [0, FOREHEAD]
    hull = cv2.convexHull(np.concatenate([landmarks[JAW], above]).astype(np.float32))
    face = np.zeros((TEMPLATE_SIZE, TEMPLATE_SIZE), np.uint8)
    cv2.fillConvexPoly(face, np.rint(hull - 0.5).astype(np.int32), 1)
    inner = cv2.erode(face, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (9, 9)))
    return np.asarray(cv2.GaussianBlur(inner.astype(np.float32), (0, 0), SOFTNESS), np.float32)


def _colours(
    worn: NDArray[np.float32], lent: NDArray[np.float32], skin: NDArray[np.bool_], match: float
) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """Factor and offset (3,) that bring the lender's colours (H, W, 3) near the wearer's."""
    if not skin.any():
        return np.ones(3, np.float32), np.zeros(3, np.float32)
    ours, theirs = worn[skin], lent[skin]
    spread = np.clip(ours.std(axis=0) / np.maximum(theirs.std(axis=0), 1e-3), *SPREADS)
    factor = 1 + match * (spread - 1)
    mean = theirs.mean(axis=0) + match * (ours.mean(axis=0) - theirs.mean(axis=0))
    return factor.astype(np.float32), (mean - factor * theirs.mean(axis=0)).astype(np.float32)


@njit(cache=True)
def _find(
    triangles: NDArray[np.uint16],
    kinds: NDArray[np.uint8],
    positions: NDArray[np.int16],
    triangle: NDArray[np.uint16],
    barycentric: NDArray[np.uint8],
    their_triangles: NDArray[np.uint16],
    their_positions: NDArray[np.int16],
    their_triangle: NDArray[np.uint16],
    their_barycentric: NDArray[np.uint8],
    there: NDArray[np.uint16],
    back: NDArray[np.uint16],
    places: NDArray[np.float32],
) -> None:
    """Places of skin and eyes in the lender's picture, where going there and back ends here."""
    height, width = triangle.shape
    for row in range(height):
        for column in range(width):
            shown = triangle[row, column]
            if shown >= UNKNOWN or not (kinds[shown] == Kind.SKIN or kinds[shown] == Kind.EYE):
                continue
            number = there[shown]
            if number == NOTHING:
                continue
            x, y = locate(their_triangles, their_positions, number, barycentric[row, column])
            there_row, there_column = int(np.floor(y)), int(np.floor(x))
            if not (0 <= there_row < height and 0 <= there_column < width):
                continue
            seen = their_triangle[there_row, there_column]
            if seen >= UNKNOWN or back[seen] == NOTHING or kinds[back[seen]] != kinds[shown]:
                continue
            back_x, back_y = locate(
                triangles, positions, back[seen], their_barycentric[there_row, there_column]
            )
            if np.hypot(back_x - column - 0.5, back_y - row - 0.5) <= 2 * VISIBLE_WITHIN:
                places[row, column, 0] = x
                places[row, column, 1] = y
