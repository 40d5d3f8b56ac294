"""How far lids and gaze move in edits of people kept out, beside the exact renders of them.

    python benchmarks/lids_and_gaze.py PHOTOS.csv --face-model MODEL [--weights W] [--people N]

PHOTOS.csv lists photos as for ``lgpgan studio``. Of its split ``test`` the neutral photos of people
that nothing was chosen on (``recipes/default_weights/kept_out_to_choose.txt`` names the others) are
aligned at 512×512, edited with each unit at 1 and drawn with it. Landmarks of edit and render are
dlib's. AU45: the opening of the lids that is left, of the source's. AU5, AU7: the change of the
opening, of the render's. Gaze: how far the irises move along it, of the render's. Medians over
people.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

from lgpgan import Editor
from lgpgan.expressions.action_units import ACTION_UNITS, EYE_UNITS, blendshapes_of
from lgpgan.expressions.expression import Expression
from lgpgan.face3d.openings import EYES
from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.eye_motion import find_iris
from lgpgan.studio.builder import Studio, StudioOptions
from lgpgan.studio.photos import list_photos
from lgpgan.studio.take_renderer import TakeRenderer
from lgpgan.studio.variation import Variation, draw_take

CHOSEN_ON = Path(__file__).parents[1] / "recipes/default_weights/kept_out_to_choose.txt"
SIZE = 512
GAZE = {61: (1, 0), 62: (-1, 0), 63: (0, -1), 64: (0, 1)}
UPPER, LOWER = ((37, 38), (43, 44)), ((41, 40), (47, 46))


def main() -> None:
    """Measure and print a table, a row for each unit."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, help="list of photos, as for 'lgpgan studio'")
    parser.add_argument("--face-model", type=Path, required=True, help="the 3-D face")
    parser.add_argument("--weights", default="default", help="in place of lgpgan's own")
    parser.add_argument("--people", type=int, help="only so many")
    options = parser.parse_args()
    editor = Editor.from_pretrained(options.weights)
    studio = Studio(options.face_model, Path(), StudioOptions(size=SIZE // 2))
    found = [
        measure(editor, studio, path) for path in list(people(options.photos))[: options.people]
    ]
    figures = np.median(found, axis=0)
    print(f"{len(found)} people kept out of training\nunit | edit | render")
    for unit, (edit, render) in zip(EYE_UNITS, figures, strict=True):
        print(f"AU{unit} {ACTION_UNITS[unit]} | {edit:.2f} | {render:.2f}")


def people(photos: Path) -> Iterator[Path]:
    """The neutral photos of the people to report on."""
    chosen_on = CHOSEN_ON.read_text().split()
    for entry in list_photos(photos):
        neutral = entry.expression is Expression.NEUTRAL
        if entry.split == "test" and neutral and entry.person not in chosen_on:
            yield entry.path


def measure(editor: Editor, studio: Studio, path: Path) -> list[tuple[float, float]]:
    """Of each unit the figure of the edit, and that of the render."""
    fitted = studio.fit_photo(path)
    model, modes = studio.scene.model, len(fitted.fit.identity)
    take = draw_take(model, modes, Variation(), key="lids", number=0)
    renderer = TakeRenderer(studio.scene, fitted, take)
    opened = editor.open(fitted.picture)
    (face,) = opened.faces

    def looked_at(picture: NDArray[np.uint8]) -> tuple[float, NDArray[np.float64]]:
        (found,) = editor.detector.detect(picture)[:1]
        points = found.landmarks * (TEMPLATE_SIZE / SIZE)
        small = cv2.resize(picture, (TEMPLATE_SIZE, TEMPLATE_SIZE), interpolation=cv2.INTER_AREA)
        lids = face.face.landmarks * (TEMPLATE_SIZE / SIZE)
        irises = np.mean([find_iris(small, lids[eye]) for eye in EYES], axis=0)
        return float((points[np.ravel(LOWER), 1] - points[np.ravel(UPPER), 1]).mean()), irises

    before, there = looked_at(fitted.picture)
    figures = []
    for unit in EYE_UNITS:
        edited = editor.apply(opened, editor.target(units={unit: 1.0})).pixels
        rendered = renderer.draw(renderer.place(blendshapes_of({unit: 1.0})))
        (edit, edit_at), (render, render_at) = looked_at(edited), looked_at(rendered)
        if unit in GAZE:
            moved = [float((at - there) @ np.array(GAZE[unit])) for at in (edit_at, render_at)]
            figures.append((moved[0] / moved[1], 1.0))
        elif unit == 45:
            figures.append((edit / before, render / before))
        else:
            figures.append(((edit - before) / (render - before), 1.0))
    return figures


if __name__ == "__main__":
    main()
