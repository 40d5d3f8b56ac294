"""How the colour of skin changes in the folds of real smiles, and the constants that follow.

    python benchmarks/fold_colour.py [--shared ../shared]

The London people of the training split, neutral and smiling. A smile's pixels are found again in
the neutral photo of the person: landmarks, then optical flow. The slopes of the logarithms of red,
green and blue over that of the luma are printed, by how light the skin is, where the skin beside
nose and mouth got darker, and where it got brighter; then the constants of
``lgpgan.faces.fold_colour`` that fit them best, with their errors.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from scipy.interpolate import RBFInterpolator
from scipy.optimize import least_squares

from lgpgan.faces.alignment import JAW, MOUTH, TEMPLATE_SIZE, align, warp
from lgpgan.faces.detection import FaceDetector
from lgpgan.faces.detectors.loading import load_detector
from lgpgan.faces.fold_colour import LUMA, USUAL_LUMA
from lgpgan.photos.reading import read_photo

SIZE = 384
"""Side of the aligned faces: about that of a face in the photos."""
SCALE = SIZE // TEMPLATE_SIZE
BLUR = 0.8
"""Template pixels over which a ratio is averaged."""
DARKER, BRIGHTER = (-0.7, -0.08), (0.06, 0.5)
"""Ranges of the logarithm of the luma's ratio that count as a fold, and as lit."""
FEWEST = 300
"""Pixels that a slope needs."""
KEPT_OUT = Path(__file__).parents[1] / "recipes" / "default_weights" / "kept_out.txt"

Face = NDArray[np.uint8]
Points = NDArray[np.float64]


class AlignedFace(NamedTuple):
    """A face (SIZE, SIZE, 3) and its landmarks (68, 2) in it."""

    pixels: Face
    landmarks: Points


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    options = parser.parse_args()
    detector = load_detector("dlib")
    kept_out = set(KEPT_OUT.read_text().split())
    skins, dark, bright = [], [], []
    for path in sorted((options.shared / "data" / "london_neutral").glob("*.jpg")):
        number = path.stem.partition("_")[0]
        smile = options.shared / "data" / "london_smiling" / f"{number}_08.jpg"
        if f"london-{number}" in kept_out or not smile.is_file():
            continue
        neutral, smiling = (read_face(photo, detector) for photo in (path, smile))
        region = beside_nose_and_mouth(smiling.landmarks)
        before = found_again(neutral, smiling)
        skins.append(np.median(neutral.pixels[region], axis=0))
        dark.append(slopes(before, smiling.pixels, region, DARKER))
        bright.append(slopes(before, smiling.pixels, region, BRIGHTER))
    skin = np.array(skins)
    order = np.argsort(skin @ LUMA)
    for name, measured in (("darker", np.array(dark)), ("brighter", np.array(bright))):
        for rows, which in ((order, "all"), *zip(np.array_split(order, 3), "123", strict=True)):
            quartiles = np.nanpercentile(measured[rows], [25, 50, 75], axis=0).T
            text = ", ".join(
                f"{c} {m:.2f} ({a:.2f}–{b:.2f})"
                for c, (a, m, b) in zip("RGB", quartiles, strict=True)
            )
            luma = np.median(skin[rows] @ LUMA)
            print(f"{name}, {which} of {len(rows)} people, luma {luma:.0f}: {text}")
        fit(skin, measured)


def fit(skin: NDArray[np.float64], measured: NDArray[np.float64]) -> None:
    """Print the strength and the power that fit slopes (N, 3) of skin (N, 3) best."""
    known = ~np.isnan(measured).any(axis=1)
    colour, measured = skin[known], measured[known]
    luma = (colour @ LUMA)[:, None]

    def predicted(constants: NDArray[np.float64]) -> NDArray[np.float64]:
        strength, power = constants
        slope = 1 - strength * (luma / USUAL_LUMA) ** power * np.log(colour / luma)
        balanced: NDArray[np.float64] = slope + 1 - (slope * LUMA * colour / luma).sum(1)[:, None]
        return balanced

    found = least_squares(
        lambda constants: (predicted(constants) - measured).ravel(),
        [1.0, 1.0],
        loss="soft_l1",
        f_scale=0.05,
    ).x
    errors = np.abs(predicted(found) - measured).mean(axis=0)
    alike = np.abs(np.median(measured, axis=0) - measured).mean(axis=0)
    print(f"strength {found[0]:.2f}, power {found[1]:.1f}; mean errors {np.round(errors, 3)}")
    print(f"mean errors of three constants: {np.round(alike, 3)}")


def read_face(path: Path, detector: FaceDetector) -> AlignedFace:
    """The face of a photo."""
    pixels = read_photo(path).pixels
    landmarks = detector.read(pixels, detector.search(pixels)[0]).landmarks
    transform = align(landmarks, SIZE)
    return AlignedFace(warp(pixels, transform, SIZE), transform(landmarks))


def found_again(neutral: AlignedFace, moved: AlignedFace) -> Face:
    """The neutral face (SIZE, SIZE, 3) as it would look with the other one's expression."""
    side = np.array([0, SIZE / 2, SIZE])
    border = np.stack(np.meshgrid(side, side), axis=-1).reshape(-1, 2)
    border = border[(border % SIZE == 0).any(axis=1)]
    places = np.vstack([moved.landmarks, border])
    coarse = np.arange(0, SIZE, 8) + 4.0
    grid = np.stack(np.meshgrid(coarse, coarse), axis=-1).reshape(-1, 2)
    shift = RBFInterpolator(places, np.vstack([neutral.landmarks, border]) - places, smoothing=1.0)
    flow = cv2.resize(
        shift(grid).reshape(len(coarse), len(coarse), 2).astype(np.float32), (SIZE, SIZE)
    )
    index = np.arange(SIZE, dtype=np.float32)
    still = np.dstack(np.meshgrid(index, index))
    rough = read(neutral.pixels, still + flow)
    search = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    fine = search.calc(evened(moved.pixels), evened(rough), None)  # type: ignore[call-overload]
    there = still + cv2.GaussianBlur(fine, (0, 0), 4)
    return read(neutral.pixels, there + read(flow, there))


def read(picture: NDArray[np.generic], places: NDArray[np.floating]) -> NDArray[np.generic]:
    """A picture at places (h, w, 2) counted from a pixel's centre."""
    border = cv2.BORDER_REPLICATE
    return cv2.remap(picture, places.astype(np.float32), None, cv2.INTER_LINEAR, borderMode=border)


def evened(face: Face) -> Face:
    """The luma of a face with the light of each part evened out, for optical flow."""
    return cv2.createCLAHE(2, (6, 6)).apply(cv2.cvtColor(face, cv2.COLOR_RGB2GRAY))


def beside_nose_and_mouth(landmarks: Points) -> NDArray[np.bool_]:
    """The skin (SIZE, SIZE) of cheeks and folds: between lids, jaw, nose and mouth."""

    def area(outline: Points, grow: float) -> Face:
        filled = np.zeros((SIZE, SIZE), np.uint8)
        cv2.fillPoly(filled, [np.rint(outline).astype(np.int32)], 1)
        side = np.ones((round(abs(grow) * SCALE),) * 2, np.uint8)
        return cv2.dilate(filled, side) if grow > 0 else cv2.erode(filled, side)

    jaw = landmarks[JAW][2:15]
    top = np.array([[jaw[-1, 0], landmarks[29, 1]], [jaw[0, 0], landmarks[29, 1]]])
    region = area(np.vstack([jaw, top]), -9) > 0
    region &= area(landmarks[MOUTH][:12], 5) == 0
    region &= area(np.vstack([landmarks[27:28], landmarks[31:36]]), 4) == 0
    region[int(landmarks[57, 1]) :] = False
    return region


def slopes(
    before: Face, after: Face, region: NDArray[np.bool_], wanted: tuple[float, float]
) -> NDArray[np.float64]:
    """Slopes (3,) of log R, G and B over log Y where the luma's ratio is in a range.

    Args:
        before: (H, W, 3) the skin at rest, at the place of the moved one.
        after: (H, W, 3) the moved skin.
        region: (H, W) where to look; the median ratio there counts as no change.
        wanted: the range of the logarithm of the luma's ratio.
    """

    def smooth(face: Face) -> NDArray[np.float32]:
        return cv2.GaussianBlur(face.astype(np.float32), (0, 0), BLUR * SCALE) + 1

    old, new = smooth(before), smooth(after)
    colour = np.log(new / old)
    luma = np.log((new @ LUMA) / (old @ LUMA))
    colour -= np.median(colour[region], axis=0)
    luma -= np.median(luma[region])
    chosen = region & (luma > wanted[0]) & (luma < wanted[1])
    if chosen.sum() < FEWEST:
        return np.full(3, np.nan)
    found: NDArray[np.float64] = (colour[chosen] * luma[chosen, None]).sum(0)
    return found / (luma[chosen] ** 2).sum()


if __name__ == "__main__":
    main()
