"""What ``benchmarks/believability.py`` measures in pictures of faces."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from fold_colour import (
    DARKER,
    SIZE,
    AlignedFace,
    beside_nose_and_mouth,
    found_again,
    slopes,
)
from lgpgan.faces.alignment import (
    LEFT_EYE,
    LOWER_LIP,
    RIGHT_EYE,
    UPPER_LIP,
    Similarity,
    along,
    eye_distance,
    warp,
)
from lgpgan.faces.eye_opening import SeenEye
from lgpgan.faces.fold_colour import LUMA
from lgpgan.faces.sharpness import rise_width

FRAME = 512
"""Side of the aligned faces in which detail and teeth are measured."""
SCALE = FRAME / 128
FINE, COARSE = 1.0, 3.0
"""Standard deviations of the blurs between which detail of 2 to 6 pixels lies."""
INNER_UPPER, INNER_LOWER = (61, 62, 63), (67, 66, 65)
FINER = 8
"""Samples per template pixel along a profile."""
REACH = 5.0
"""Template pixels on either side of an inner lip that a profile covers."""
WINDOW = 2.0
"""Template pixels on either side of its steepest place that belong to an edge, as in
:func:`lgpgan.faces.sharpness.edge_width`."""
SEAMS, FINE_STEPS = 9, 64
"""Lines across the lips on which a seam is looked for, and places on each."""
FEWEST = 150
"""Pixels of a mouth's inside that teeth need."""
BRIGHT = (60.0, 95.0)
"""Percentiles of the luma between which teeth, and whites of eyes, lie."""

Face = NDArray[np.uint8]
Points = NDArray[np.float64]


def fold_slopes(source: AlignedFace, edited: AlignedFace, before: Face | None) -> Points:
    """Slopes (3,) of log R, G, B over log Y where skin beside nose and mouth got darker.

    Args:
        source: the photo's face.
        edited: the same with an expression.
        before: (SIZE, SIZE, 3) the source read along the change's flow; None to find each place
            again, as in photos of real smiles.
    """
    old = found_again(source, edited) if before is None else before
    region = beside_nose_and_mouth(edited.landmarks)
    return slopes(old, edited.pixels, region, DARKER)


def read_along(source: Face, flow: NDArray[np.float32]) -> Face:
    """A face (SIZE, SIZE, 3) read along a flow (128, 128, 2) in template pixels."""
    large = cv2.resize(flow, (SIZE, SIZE), interpolation=cv2.INTER_LINEAR) * (SIZE / 128)
    border = cv2.BORDER_REPLICATE
    return cv2.remap(source, along(large), None, cv2.INTER_CUBIC, borderMode=border)


def mouth_edge(pixels: Face, transform: Similarity, landmarks: Points) -> float:
    """Median width, 10 to 90 %, from an open mouth's dark inside to its lips, in template pixels.

    Args:
        pixels: (H, W, 3).
        transform: from it to the template.
        landmarks: (68, 2) in it.
    """
    placed, back = transform(landmarks), transform.inverse()
    widths = []
    for upper, lower in zip(INNER_UPPER, INNER_LOWER, strict=True):
        middle = (placed[upper] + placed[lower]) / 2
        for lip in (placed[upper], placed[lower]):
            outwards = (lip - middle) / max(float(np.linalg.norm(lip - middle)), 1e-6)
            steps = np.arange(-REACH, REACH, 1 / FINER)[:, None]
            there = (back(lip + steps * outwards) - 0.5).astype(np.float32)
            profile = cv2.remap(pixels, there[:, None], None, cv2.INTER_LINEAR)[:, 0] @ LUMA
            rise = np.gradient(cv2.GaussianBlur(profile[None], (0, 0), FINER / 4)[0])
            margin = round(WINDOW * FINER)
            steepest = margin + int(np.argmax(rise[margin:-margin]))
            inner = profile[steepest - margin : steepest + 1]
            first = steepest - margin + int(np.argmin(inner))
            width = rise_width(profile[first : steepest + margin])
            if width is not None:
                widths.append(width / FINER)
    return float(np.median(widths)) if widths else float("nan")


def teeth_from_whites(picture: Face, landmarks: Points) -> float:
    """Distance in a*b* of CIELAB of teeth to the whites of the eyes; NaN where no teeth show.

    Args:
        picture: (FRAME, FRAME, 3), aligned.
        landmarks: (68, 2) in it.
    """
    inside = _inside(picture, landmarks[60:68], 1.0)
    if len(inside) < FEWEST:
        return float("nan")
    whites = [_inside(picture, landmarks[part], 0.8) for part in (RIGHT_EYE, LEFT_EYE)]
    teeth, white = _bright(inside), np.mean([_palest(eye) for eye in whites], axis=0)
    colours = np.array([[teeth, white]], np.float32) / 255
    lab = cv2.cvtColor(colours, cv2.COLOR_RGB2LAB)[0]
    return float(np.hypot(*(lab[0, 1:] - lab[1, 1:])))


def light_seam(picture: Face, landmarks: Points, skin: NDArray[np.floating]) -> float:
    """How much lighter it is between lips than in the darker of two lines beside it, over the skin.

    Lips that meet have one line between them. Where teeth show there are two, and light between.

    Args:
        picture: (FRAME, FRAME, 3), aligned.
        landmarks: (68, 2) in it.
        skin: (3,) mean colour of the skin.
    """
    light = cv2.GaussianBlur(picture[..., 1].astype(np.float32), (0, 0), 1.0)  # lips have no green
    seams = []
    for share in np.linspace(-0.5, 0.5, SEAMS):
        first, last = (_across(landmarks, line, share) for line in (UPPER_LIP, LOWER_LIP))
        steps = np.linspace(0, 1, FINE_STEPS)[:, None]
        there = (first + steps * (last - first)).astype(np.float32)
        seen = cv2.remap(light, there[:, None], None, cv2.INTER_LINEAR)[:, 0]
        lines = np.maximum(np.minimum.accumulate(seen), np.minimum.accumulate(seen[::-1])[::-1])
        seams.append(float((seen - lines).max()))
    return float(np.mean(seams) / skin[1])


def _across(landmarks: Points, line: tuple[list[int], list[int]], share: float) -> Points:
    """The middle (2,) of a lip, so far beside that of the mouth: −1 to 1 from corner to corner."""
    outer, inner = (landmarks[points] for points in line)
    column = landmarks[[48, 54], 0] @ np.array([1 - share, 1 + share]) / 2
    rows = [np.interp(column, edge[:, 0], edge[:, 1]) for edge in (outer, inner)]
    return np.array([column, np.mean(rows)])


def _inside(picture: Face, outline: Points, part: float) -> NDArray[np.float64]:
    """Colours (N, 3) within an outline drawn smaller about its middle."""
    middle = outline.mean(axis=0)
    area = np.zeros(picture.shape[:2], np.uint8)
    cv2.fillPoly(area, [np.rint(middle + (outline - middle) * part).astype(np.int32)], 1)
    return picture[area > 0].astype(np.float64)


def _bright(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Median colour (3,) of the brighter ones, reflections left out."""
    luma = colours @ LUMA
    least, most = np.percentile(luma, BRIGHT)
    found: NDArray[np.float64] = np.median(colours[(luma >= least) & (luma <= most)], axis=0)
    return found


def _palest(colours: NDArray[np.float64]) -> NDArray[np.float64]:
    """Mean colour (3,) of the palest of the brighter ones."""
    luma = colours @ LUMA
    bright = colours[luma >= np.percentile(luma, BRIGHT[0])]
    share = np.ptp(bright, axis=1) / np.maximum(bright.max(axis=1), 1)
    found: NDArray[np.float64] = bright[share <= np.percentile(share, 30)].mean(axis=0)
    return found


def forehead_detail(picture: Face, landmarks: Points) -> float:
    """Energy of the detail of 2 to 6 pixels over the brows: the variance of a band of the luma.

    Args:
        picture: (FRAME, FRAME, 3), aligned.
        landmarks: (68, 2) in it.
    """
    luma = (picture @ LUMA).astype(np.float32)
    band = cv2.GaussianBlur(luma, (0, 0), FINE) - cv2.GaussianBlur(luma, (0, 0), COARSE)
    brows = landmarks[17:27]
    bottom = int(brows[:, 1].min() - 2.5 * SCALE)
    top = max(int(bottom - 16 * SCALE), int(2 * SCALE))
    left, right = int(brows[1, 0]), int(brows[8, 0])
    part = band[top : max(bottom, top + 8), left:right]
    return float(np.mean(np.clip(part, -20, 20) ** 2))


def eye_opening(landmarks: Points) -> float:
    """Mean distance of upper and lower lids, in eye distances, of landmarks (68, 2)."""
    lids = [(37, 41), (38, 40), (43, 47), (44, 46)]
    apart = [np.linalg.norm(landmarks[upper] - landmarks[lower]) for upper, lower in lids]
    return float(np.mean(apart)) / eye_distance(landmarks)


def eyes_of(landmarks: Points) -> tuple[Points, Points]:
    """Landmarks (6, 2) of both eyes, of those (68, 2) of a face."""
    return landmarks[36:42], landmarks[42:48]


def iris(aligned_face: Face, eyes: tuple[Points, Points]) -> Points:
    """The mean (2,) of the middles of both irises in an aligned face (128, 128, 3)."""
    return np.mean([SeenEye.of(aligned_face, eye).iris for eye in eyes], axis=0)


def aligned(pixels: Face, transform: Similarity, size: int) -> Face:
    """The face of a photo on the template, enlarged."""
    return warp(pixels, transform.scaled(size / 128), size)
