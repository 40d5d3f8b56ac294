"""How believable edits are: folds, edges, teeth, wrinkles, lids, and whether they are read right.

    python benchmarks/believability.py [--shared ../shared] [--weights A.safetensors B.safetensors]
        [--group choose|report] [--people 3] [--parts folds edges teeth smiles detail lids named]

On people kept out of training: the 10 of kept_out_to_choose.txt, or the 20 others. Each set of
weights is measured twice: pasted as the networks make it ("plain"), and with what lgpgan does at
the photo's resolution ("finished"). The exact renders and real smiles stand beside them.
"""

from __future__ import annotations

import argparse
from collections import defaultdict
from collections.abc import Callable, Mapping
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

import believability_measures as measures
from believability_cases import LARGE, Case, Face, Studio, Subject, people
from believability_measures import FRAME, SCALE, Points
from fold_colour import SIZE, AlignedFace, read_face
from lgpgan.editing.editor import Editor
from lgpgan.evaluation.aligned_faces import find_landmarks
from lgpgan.evaluation.identity import IdentityEmbedder
from lgpgan.expressions.action_units import blendshapes_of
from lgpgan.expressions.expression import RECIPES, Expression
from lgpgan.expressions.target import Target
from lgpgan.faces.alignment import Similarity, warp
from lgpgan.faces.fold_colour import LUMA
from lgpgan.faces.sharpness import edge_width
from lgpgan.photos.reading import read_photo
from lgpgan.recognisers.framing import tight_crop
from lgpgan.recognisers.recogniser import available_recognisers

LIDS = {45: "AU45", 5: "AU5", 7: "AU7"}
GAZE = {61: (1, 0), 62: (-1, 0)}
"""Units of the gaze, and where an iris goes in the picture. Of an iris that goes up or down lids
hide too much to tell where it is."""
SMILES, OPEN, TEETH = ("happy", "disgusted"), ("surprised", "fearful"), ("disgusted", "fearful")
WRINKLED = ("surprised", "fearful", "sad")
CLOSED = tuple(Expression(name) for name in ("neutral", "sad", "angry", "contemptuous"))
READ = tuple(e for e in Expression if e is not Expression.CONTEMPTUOUS)

Figures = dict[str, list[float]]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shared", type=Path, default=Path("../shared"))
    parser.add_argument("--weights", type=Path, nargs="*", default=[None])
    parser.add_argument("--group", choices=["choose", "report"], default="choose")
    parser.add_argument("--people", type=int, help="so many of the group")
    parser.add_argument("--parts", nargs="*", choices=list(PARTS), default=list(PARTS))
    options = parser.parse_args()
    cv2.setNumThreads(1)
    studio = Studio(options.shared / "facekit" / "ict_facekit.npz")
    subjects = [
        Subject(f"{'default' if path is None else path.stem}, {way}", editor, plain=way == "plain")
        for path in options.weights
        for editor in [Editor.from_pretrained(path)]
        for way in ("plain", "finished")
    ]
    found = people(options.shared / "data", options.group)[: options.people]
    cases = [Case(person, subjects[0].editor, studio) for person in found]
    print(f"{len(cases)} people of the group '{options.group}'", flush=True)
    for part in options.parts:
        figures: dict[str, Figures] = defaultdict(lambda: defaultdict(list))
        for case in cases:
            PARTS[part](case, subjects, figures)
        table(part, figures)


def table(part: str, figures: Mapping[str, Figures]) -> None:
    """Print medians, for teeth and smiles the 90th percentiles too, as a Markdown table."""
    columns = list(figures)
    rows = list(dict.fromkeys(row for of in figures.values() for row in of))
    print(f"\n| {part} | {' | '.join(columns)} |\n| --- |{' --- |' * len(columns)}")
    for row in rows:
        cells = []
        for column in columns:
            values = np.array(figures[column].get(row, [np.nan]), float)
            known = values[~np.isnan(values)]
            if not len(known):
                cells.append("")
            elif row.startswith("named"):
                cells.append(f"{known.mean():.3f} of {len(known)}")
            elif part == "teeth":
                cells.append(f"{np.median(known):.1f}, {np.percentile(known, 90):.1f}")
            elif part == "smiles":
                cells.append(f"{np.median(known):.3f}, {np.percentile(known, 90):.3f}")
            else:
                cells.append(f"{np.median(known):.3f}")
        print(f"| {row} | {' | '.join(cells)} |", flush=True)


def folds(case: Case, subjects: list[Subject], figures: Mapping[str, Figures]) -> None:
    """Slopes of colour in folds."""
    face = case.face
    to_size = face.transform.scaled(SIZE / 128)
    source = AlignedFace(
        measures.aligned(case.pixels, face.transform, SIZE), to_size(face.face.landmarks)
    )

    def add(column: str, kind: str, found: NDArray[np.float64]) -> None:
        for channel, value in zip("RGB", found, strict=True):
            figures[column][f"{kind}: d log {channel} / d log Y"].append(float(value))

    for expression in SMILES:
        for subject in subjects:
            made, change = subject.edit(case.pixels, face, Target.parse(expression))
            points = case.editor.detector.landmarks(made, face.face.box)
            edited = AlignedFace(measures.aligned(made, face.transform, SIZE), to_size(points))
            before = measures.read_along(source.pixels, change.flow)
            add(subject.name, "change", measures.fold_slopes(source, edited, before))
            add(subject.name, "picture", measures.fold_slopes(source, edited, None))
        drawn = case.render(RECIPES[Expression(expression)])
        picture = cv2.resize(drawn, (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        edited = AlignedFace(picture, case.landmarks(drawn) * (SIZE / FRAME))
        add("renders", "picture", measures.fold_slopes(source, edited, None))
    if case.person.smile is not None:
        detector = case.editor.detector
        pair = [read_face(path, detector) for path in (case.person.path, case.person.smile)]
        add("real smiles", "picture", measures.fold_slopes(pair[0], pair[1], None))


def edges(case: Case, subjects: list[Subject], figures: Mapping[str, Figures]) -> None:
    """Widths of the edges of open mouths, against the line between the source's lips."""
    pixels, face = case.large
    line = edge_width(pixels, face.aligned, face.transform, face.face.landmarks)
    for expression in OPEN:
        row = f"{expression}: width over that of the source's lip line"
        for subject in subjects:
            made, _ = subject.edit(pixels, face, Target.parse(expression))
            points = case.editor.detector.landmarks(made, face.face.box)
            width = measures.mouth_edge(made, face.transform, points)
            figures[subject.name][row].append(width / line)
        drawn = case.studio.draw(pixels, face, RECIPES[Expression(expression)], LARGE)
        box = face.transform(np.array(face.face.box).reshape(2, 2)) * (LARGE / 128)
        points = case.editor.detector.landmarks(drawn, tuple(box.ravel().tolist()))
        still = Similarity(np.eye(2, 3)).scaled(128 / LARGE)
        figures["renders"][row].append(measures.mouth_edge(drawn, still, points) / line)


def teeth(case: Case, subjects: list[Subject], figures: Mapping[str, Figures]) -> None:
    """Colour of teeth against the whites of the eyes, and colour in a grey photo."""
    row = f"a*b* of teeth to whites: median, 90th percentile, {case.tone}"

    def add(column: str, picture: Face, points: NDArray[np.float64]) -> None:
        figures[column][row].append(measures.teeth_from_whites(picture, points))

    for expression in TEETH:
        for subject in subjects:
            made, _ = subject.edit(case.pixels, case.face, Target.parse(expression))
            picture = measures.aligned(made, case.face.transform, FRAME)
            add(subject.name, picture, case.landmarks(picture))
        drawn = case.render(RECIPES[Expression(expression)])
        add("renders", drawn, case.landmarks(drawn))
    grey = np.repeat(np.rint(case.pixels @ LUMA).astype(np.uint8)[..., None], 3, axis=2)
    face = case.editor.open(grey).faces[0]
    for subject in subjects:
        made, _ = subject.edit(grey, face, Target.parse("disgusted"))
        spread = np.ptp(made.astype(int), axis=-1).max()
        figures[subject.name]["greatest difference of channels, grey photo"].append(float(spread))
    if case.person.smile is not None:
        smiling = read_photo(case.person.smile).pixels
        found = case.editor.open(smiling).faces[0]
        picture = measures.aligned(smiling, found.transform, FRAME)
        add("real smiles", picture, found.transform(found.face.landmarks) * SCALE)


def smiles(case: Case, subjects: list[Subject], figures: Mapping[str, Figures]) -> None:
    """What is left of the teeth of a real smile where lips are to meet, and how that is read."""
    if case.person.smile is None:
        return
    pixels = read_photo(case.person.smile).pixels
    face, recognisers = case.editor.open(pixels).faces[0], available_recognisers().available
    skin = face.light.skin

    def add(column: str, row: str, made: Face, transform: Similarity, points: Points) -> None:
        picture = measures.aligned(made, transform, FRAME)
        seam = measures.light_seam(picture, transform(points) * SCALE, skin)
        figures[column][f"{row}: light between the lips"].append(seam)

    for expression in CLOSED:
        for subject in subjects:
            made, _ = subject.edit(pixels, face, Target.parse(expression))
            points = case.editor.detector.landmarks(made, face.face.box)
            add(subject.name, expression, made, face.transform, points)
            if expression in READ:
                small = tight_crop(warp(made, face.transform, 128)[None])
                for recogniser in recognisers:
                    right = recogniser.probabilities(small).argmax() == expression.position
                    figures[subject.name][f"named right by {recogniser.name}"].append(float(right))
    for column, photo, of in (
        ("real smiles", pixels, face),
        ("real, neutral", case.pixels, case.face),
    ):
        add(column, "as it is", photo, of.transform, of.face.landmarks)


def detail(case: Case, subjects: list[Subject], figures: Mapping[str, Figures]) -> None:
    """Fine detail of the forehead, against that of the renders."""
    for expression in WRINKLED:
        drawn = case.render(RECIPES[Expression(expression)])
        exact = measures.forehead_detail(drawn, case.landmarks(drawn))
        row = f"{expression}: energy of 2 to 6 pixels in the forehead, over the render's"
        for subject in subjects:
            made, _ = subject.edit(case.pixels, case.face, Target.parse(expression))
            picture = measures.aligned(made, case.face.transform, FRAME)
            found = measures.forehead_detail(picture, case.landmarks(picture))
            figures[subject.name][row].append(found / exact)
        source = measures.aligned(case.pixels, case.face.transform, FRAME)
        still = measures.forehead_detail(source, case.landmarks(source))
        figures["source"][row].append(still / exact)


def lids(case: Case, subjects: list[Subject], figures: Mapping[str, Figures]) -> None:
    """How far lids and irises go, and how much of the render's way that is."""
    source = measures.aligned(case.pixels, case.face.transform, FRAME)
    still = measures.eye_opening(case.landmarks(source))
    for unit, name in LIDS.items():
        drawn = measures.eye_opening(case.landmarks(case.render(blendshapes_of({unit: 1.0}))))
        figures["renders"][f"{name}: opening over the source's"].append(drawn / still)
        for subject in subjects:
            made, _ = subject.edit(case.pixels, case.face, Target.parse(units={unit: 1.0}))
            picture = measures.aligned(made, case.face.transform, FRAME)
            opening = measures.eye_opening(case.landmarks(picture))
            figures[subject.name][f"{name}: opening over the source's"].append(opening / still)
            if abs(drawn - still) > 0.005:
                way = (opening - still) / (drawn - still)
                figures[subject.name][f"{name}: share of the render's way"].append(way)
    _gaze(case, subjects, figures)


def _gaze(case: Case, subjects: list[Subject], figures: Mapping[str, Figures]) -> None:
    """How far irises go along a unit of the gaze, over the way that they go in the render."""
    eyes = measures.eyes_of(case.face.transform(case.face.face.landmarks))
    there = measures.iris(case.face.aligned, eyes)
    for unit, towards in GAZE.items():
        drawn = case.render(blendshapes_of({unit: 1.0}))
        small = cv2.resize(drawn, (128, 128), interpolation=cv2.INTER_AREA)
        render = float((measures.iris(small, eyes) - there) @ np.array(towards))
        for subject in subjects:
            made, _ = subject.edit(case.pixels, case.face, Target.parse(units={unit: 1.0}))
            picture = warp(made, case.face.transform, 128)
            moved = float((measures.iris(picture, eyes) - there) @ np.array(towards))
            figures[subject.name][f"AU{unit}: share of the render's way"].append(moved / render)


def named(case: Case, subjects: list[Subject], figures: Mapping[str, Figures]) -> None:
    """Whether recognisers name the expression, who it is, and how far it is from the render."""
    recognisers, embedder = available_recognisers().available, IdentityEmbedder()
    source = case.face.aligned
    who = embedder.embed_faces(source[None], find_landmarks(source[None]))[0]
    for expression in Expression:
        drawn = case.render(RECIPES[expression])
        exact = cv2.resize(drawn, (128, 128), interpolation=cv2.INTER_AREA)
        faces = {"renders": exact}
        for subject in subjects:
            made, _ = subject.edit(case.pixels, case.face, Target.parse(expression))
            faces[subject.name] = warp(made, case.face.transform, 128)
        for column, face in faces.items():
            if expression in READ:
                for recogniser in recognisers:
                    read = recogniser.probabilities(tight_crop(face[None])).argmax()
                    figures[column][f"named right by {recogniser.name}"].append(
                        float(read == expression.position)
                    )
            there = embedder.embed_faces(face[None], find_landmarks(face[None]))[0]
            apart = float(np.linalg.norm(there - who))
            figures[column]["identity, all targets"].append(apart)
            if expression is not Expression.NEUTRAL:
                nothing = np.abs(source.astype(float) - exact).mean()
                error = np.abs(face.astype(float) - exact).mean() / nothing
                figures[column]["paired error over that of doing nothing"].append(float(error))


Part = Callable[[Case, list[Subject], Mapping[str, Figures]], None]
PARTS: Mapping[str, Part] = {
    part.__name__: part for part in (folds, edges, teeth, smiles, detail, lids, named)
}


if __name__ == "__main__":
    main()
