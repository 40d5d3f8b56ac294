"""Draws what the compared methods make of the demo photo: the paper's Figure 5, one person.

    python draw_demo.py runs/compare methods.jpg

Takes the weights of seed 0 of every row from the folder of ``lgpgan compare``. Where some are not
there, as when cells were finished elsewhere, the picture stays as it is. The people of the set
itself are in the figures that the command writes, which are not given out.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
from skimage import data

from lgpgan.comparing.rows import TABLE_IV, find_rows
from lgpgan.evaluation.subjects import find_subject
from lgpgan.expressions.expression import Expression
from lgpgan.faces.alignment import TEMPLATE_SIZE, align, warp
from lgpgan.faces.detectors.dlib_detector import DlibDetector
from lgpgan.faces.regions import mouth_box
from lgpgan.reporting.faces_shown import ShownFace
from lgpgan.reporting.figures import methods_figure

RESOLUTION = 150
CREDIT = "NASA's portrait of Eileen Collins (public domain). All but the first column is synthetic."


def main(compared: Path, destination: Path) -> None:
    """Write the picture, if the runs of all rows are here."""
    runs = {
        row: compared / "runs" / f"{row.file_name}-0"
        for row in find_rows(TABLE_IV)
        if row.config is not None
    }
    absent = [run.name for run in runs.values() if not run.is_dir()]
    if absent:
        print(f"{destination} stays as it is; not in {compared / 'runs'}: {', '.join(absent)}.")
        return
    photo = np.asarray(data.astronaut(), np.uint8)
    (found,) = DlibDetector().detect(photo)
    transform = align(found.landmarks)
    face, landmarks = warp(photo, transform, TEMPLATE_SIZE), transform(found.landmarks)
    targets = [str(expression) for expression in Expression]
    outputs = {}
    for row, run in runs.items():
        _, editor = find_subject(str(run))
        made = editor(
            np.repeat(face[None], len(targets), axis=0),
            np.repeat(landmarks[None], len(targets), axis=0),
            ["happy"] * len(targets),
            targets,
        )
        outputs[row.title] = dict(zip(targets, made, strict=True))
    shown = ShownFace(
        name="",
        source="smile",
        face=face,
        mouth_top=mouth_box(landmarks).top,
        outputs=outputs,
    )
    figure = methods_figure(shown, list(outputs), targets, caption=CREDIT)
    figure.savefig(destination, dpi=RESOLUTION, pil_kwargs={"quality": 88})


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
