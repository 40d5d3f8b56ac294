"""How well edits obey: whether strength rises where it should, and eyes leave the mouth alone.

    python benchmarks/control.py PHOTOS.csv [--weights WEIGHTS] [--plot control.png]

PHOTOS.csv lists photos as for ``lgpgan studio``; those of its split ``test`` that are neutral are
edited, whole. Landmarks are those that dlib finds in the edited photo. Strength: every class at
eleven intensities from 0 to 1.3; how far the landmarks lie from those at 0, and how probable the
recognisers find the class, in the median over people. Separation: every class of the mouth under
neutral eyes, and every class of the eyes over a neutral mouth; how far the landmarks of the other
half lie from those of the neutral edit.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.stats import spearmanr

from lgpgan.editing.editor import Edit, Editor
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.expressions.expression import MAXIMUM_INTENSITY, Expression
from lgpgan.expressions.target import Target
from lgpgan.faces.alignment import EYES, MOUTH, TEMPLATE_SIZE, eye_centres, warp
from lgpgan.recognisers.framing import tight_crop
from lgpgan.recognisers.recogniser import Recogniser, available_recognisers
from lgpgan.studio.photos import list_photos

STRENGTHS = np.linspace(0, MAXIMUM_INTENSITY, 11)
CLASSES = [expression for expression in Expression if expression is not Expression.NEUTRAL]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("photos", type=Path, help="list of photos, as for 'lgpgan studio'")
    parser.add_argument("--weights", type=Path, help="in place of lgpgan's own")
    parser.add_argument("--plot", type=Path, help="picture of the responses to write")
    options = parser.parse_args()
    editor = Editor.from_pretrained(options.weights)
    entries = list_photos(options.photos)
    opened = [
        editor.open(entry.path)
        for entry in entries
        if entry.split == "test" and entry.expression is Expression.NEUTRAL
    ]
    print(f"{len(opened)} neutral photos of people to report on")
    responses = strength(editor, opened, available_recognisers().available)
    separation(editor, opened)
    if options.plot:
        plot(responses, options.plot)


def strength(
    editor: Editor, opened: Sequence[OpenedPhoto], recognisers: Sequence[Recogniser]
) -> dict[str, dict[Expression, NDArray[np.float64]]]:
    """Medians over people (11,) by what was measured and class, and their rank correlations."""
    responses: dict[str, dict[Expression, NDArray[np.float64]]] = defaultdict(dict)
    at_rest = []
    for expression in CLASSES:
        moved, read = [], defaultdict(list)
        for photo in opened:
            edits = [
                editor.apply(photo, Target.parse(expression, intensity=float(value)))
                for value in STRENGTHS
            ]
            landmarks = np.array([find(editor, edit) for edit in edits])
            moved.append(displacement(landmarks, landmarks[0]))
            at_rest.append(change(edits[0]))
            faces = np.array([aligned(edit) for edit in edits])
            for recogniser in recognisers:
                if expression in recogniser.recognised:
                    probable = recogniser.probabilities(tight_crop(faces))
                    read[recogniser.name].append(probable[:, expression.position])
        responses["landmarks"][expression] = np.median(moved, axis=0)
        for name, probabilities in read.items():
            responses[name][expression] = np.median(probabilities, axis=0)
        line = [f"{expression:14s}"]
        for name, by_class in responses.items():
            if expression in by_class:
                values = by_class[expression]
                rank = spearmanr(STRENGTHS, values).statistic
                line.append(f"{name} {rank:.3f} ({values[0]:.3f} to {values[-1]:.3f})")
        print(" · ".join(line), flush=True)
    print(f"change of a neutral photo at strength 0, values in [-1, 1]: {np.median(at_rest):.4f}")
    return responses


def separation(editor: Editor, opened: Sequence[OpenedPhoto]) -> None:
    """Print how far one half's landmarks move with the other half's expression."""
    eyes, mouth = defaultdict(list), defaultdict(list)
    for photo in opened:
        still = find(editor, editor.apply(photo, Target.parse(Expression.NEUTRAL)))
        for expression in CLASSES:
            below = find(editor, editor.apply(photo, Target.parse(mouth=expression)))
            above = find(editor, editor.apply(photo, Target.parse(eyes=expression)))
            eyes[expression].append(displacement(below[None], still, EYES)[0])
            mouth[expression].append(displacement(above[None], still, MOUTH)[0])
    for name, found in (("eyes moved by the mouth's", eyes), ("mouth moved by the eyes'", mouth)):
        all_of_them = np.median([value for values in found.values() for value in values])
        each = ", ".join(f"{e} {np.median(values):.2%}" for e, values in found.items())
        print(f"{name} expression: {all_of_them:.2%} of the eye distance ({each})")


def find(editor: Editor, edit: Edit) -> NDArray[np.float64]:
    """Landmarks (68, 2) of the one face of an edited photo."""
    return editor.detector.landmarks(edit.pixels, edit.opened.faces[0].face.box)


def displacement(
    landmarks: NDArray[np.float64], still: NDArray[np.float64], part: slice = slice(None)
) -> NDArray[np.float64]:
    """Mean distance (N,) of landmarks (N, 68, 2) from those of a face at rest, in eye distances."""
    right, left = eye_centres(still)
    distances = np.linalg.norm(landmarks[:, part] - still[part], axis=-1).mean(axis=1)
    return np.asarray(distances / np.linalg.norm(left - right))


def aligned(edit: Edit) -> NDArray[np.uint8]:
    """The edited face (128, 128, 3) on the template, by the landmarks of the photo."""
    return warp(edit.pixels, edit.opened.faces[0].transform, TEMPLATE_SIZE)


def change(edit: Edit) -> float:
    """Mean absolute difference of the aligned face to that of the photo, values in [−1, 1]."""
    difference = aligned(edit).astype(float) - edit.opened.faces[0].aligned
    return float(np.abs(difference).mean() / 127.5)


def plot(responses: dict[str, dict[Expression, NDArray[np.float64]]], path: Path) -> None:
    """Draw every response over strength."""
    from matplotlib import pyplot

    figure, axes = pyplot.subplots(1, len(responses), figsize=(5 * len(responses), 4))
    for axis, (name, by_class) in zip(axes, responses.items(), strict=True):
        for expression, values in by_class.items():
            colour = f"C{expression.position}"  # the same in every plot
            axis.plot(STRENGTHS, values, colour, marker="o", markersize=3, label=str(expression))
        what = "displacement in eye distances" if name == "landmarks" else "probability"
        axis.set(title=name, xlabel="intensity", ylabel=f"median {what}")
        axis.legend(fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


if __name__ == "__main__":
    main()
