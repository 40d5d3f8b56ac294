"""Building a labelled set from neutral photos: every photo, every take, all eight expressions.

Further takes also hold faces that show several of them, one in another way, or single action units.

Photos are worked on in parallel, and a build that was stopped goes on where it was.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.datasets.building import (
    claim,
    failure_of_photo,
    nothing_used,
    pending,
    photo_before_reading,
    plain_name,
    read_result,
    work_through,
    write_result,
)
from lgpgan.datasets.prepared import CORRESPONDENCE, PreparedSet, write_prepared_set
from lgpgan.datasets.records import BlendedFace, Record, read_face
from lgpgan.datasets.splits import SPLIT_NAMES
from lgpgan.errors import InputError
from lgpgan.expressions.action_units import action_units
from lgpgan.expressions.expression import Expression
from lgpgan.face3d.correspondence import correspond
from lgpgan.face3d.face_model import load_face_model
from lgpgan.face3d.fitting import fit, shown_bounds
from lgpgan.face3d.scene import Placement, Scene
from lgpgan.face3d.supersampling import SUPERSAMPLING, averaged
from lgpgan.face3d.turning import MARGIN
from lgpgan.faces.alignment import TEMPLATE_SIZE, Similarity, align, warp
from lgpgan.faces.detectors.patient_detector import PatientDetector
from lgpgan.files import locked, write_bytes
from lgpgan.parallel.engine import Engine
from lgpgan.parallel.processes import number_of_processes, work
from lgpgan.photos.marks import SourceType, marked_png
from lgpgan.photos.reading import read_photo
from lgpgan.studio.photos import PhotoEntry
from lgpgan.studio.take_renderer import FittedPhoto, TakeRenderer
from lgpgan.studio.variation import Take, Variation, draw_take, shown_intensity

__all__ = ["BuildReport", "StudioOptions", "build_studio_set"]

SETTINGS = "studio.json"
BLENDED = "blended"
"""Folder of the faces that are of no single class."""
MOST_BLENDS = 100
"""Most blended faces of a take: their files are numbered with two digits."""
COMPRESSION = 3
"""Level of PNG files: writing takes 0.4 of the time of Pillow's default, for files 5 % larger."""


@dataclass(frozen=True)
class StudioOptions:
    """What a studio set is made of.

    Attributes:
        takes: renders of all eight expressions a photo; the first follows the recipes exactly.
        size: side of the faces in pixels.
        seed: seed of all draws.
        variation: how far the further takes differ from the recipes.
    """

    takes: int = 4
    size: int = TEMPLATE_SIZE
    seed: int = 0
    variation: Variation = field(default_factory=Variation)


@dataclass(frozen=True)
class BuildReport:
    """The result of a build.

    Attributes:
        prepared: the set.
        images: number of its faces.
        skipped: photo to the reason why it could not be used.
    """

    prepared: PreparedSet
    images: int
    skipped: Mapping[str, str]


def build_studio_set(
    entries: Sequence[PhotoEntry],
    destination: Path,
    face_model: Path,
    options: StudioOptions,
    *,
    processes: int | None = None,
    engine: Engine = work,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> BuildReport:
    """Render a labelled set from neutral photos.

    Args:
        entries: the photos, each with its split.
        destination: the set's folder; one that was begun with the same options is continued, and
            photos that could not be used are tried again.
        face_model: the 3-D face.
        options: what to render.
        processes: how many; as many as there are cores if None.
        engine: what spreads the photos over the processes.
        progress: called with the photos done and their total.

    Raises:
        InputError: when there is no photo, when another run writes to the folder, when it holds
            something else or was begun with other options or photos, or when no photo could be
            used.
        LgpganError: when one of the processes was killed.
    """
    if not entries:
        raise InputError("there is no photo to work on.")
    if any(entry.split not in SPLIT_NAMES for entry in entries):
        raise InputError(f"every photo needs its split: {', '.join(SPLIT_NAMES)}.")
    if options.takes < 1:
        raise InputError("a photo needs one take at least.")
    variation = options.variation
    counts = (variation.mixtures, variation.halves, variation.variants, variation.units)
    if min(counts) < 0 or sum(counts) > MOST_BLENDS:
        raise InputError(
            f"a take holds from 0 to {MOST_BLENDS} mixtures, halves, variants and faces with "
            "action units together."
        )
    names = _unique_names(entries)
    with locked(destination):
        return _build(
            dict(zip(names, entries, strict=True)),
            destination,
            face_model,
            options,
            processes=number_of_processes(processes, "--jobs"),
            engine=engine,
            progress=progress,
        )


def _build(
    entries: Mapping[str, PhotoEntry],
    destination: Path,
    face_model: Path,
    options: StudioOptions,
    *,
    processes: int,
    engine: Engine,
    progress: Callable[[int, int], None],
) -> BuildReport:
    """Render the set in a folder that is this run's alone."""
    claim(destination, SETTINGS, _settings(options))
    (destination / CORRESPONDENCE).mkdir(exist_ok=True)
    left = pending(destination, entries, partial(_check_continued, destination))
    done = len(entries) - len(left)
    progress(done, len(entries))
    load_face_model(face_model)  # what is wrong with it is raised here, not in every process
    start = partial(Studio, face_model, destination, options)
    for _ in work_through(left, start, processes, engine):
        done += 1
        progress(done, len(entries))
    faces: list[Record | BlendedFace] = []
    skipped: dict[str, str] = {}
    for name, entry in entries.items():
        result = read_result(destination, name)
        if "error" in result:
            skipped[str(entry.path)] = result["error"]
        faces += [
            replace(read_face(line), **_known_of(entry)) for line in result.get("records", [])
        ]
    if not faces:
        raise InputError(nothing_used(skipped))
    prepared = write_prepared_set(
        destination,
        faces,
        size=options.size,
        details={"studio": asdict(options), "skipped": skipped},
    )
    return BuildReport(prepared, len(faces), skipped)


def _settings(options: StudioOptions) -> dict[str, Any]:
    """The options that must be the same for a set to be continued.

    Action units are left out where there are none, as in sets that were begun before there were.
    """
    settings = asdict(options)
    if not options.variation.units:
        del settings["variation"]["units"]
    return settings


def _check_continued(
    destination: Path, name: str, entry: PhotoEntry | None, result: Mapping[str, Any]
) -> None:
    """Check that a folder holds no renders of another photo, or of the same in another split."""
    record = Record.from_json(result["records"][0])
    if (
        entry is None
        or (record.person, record.split) != (entry.person, entry.split)
        or record.photographed != entry.expression
        or result.get("photo", entry.path.name) != entry.path.name
    ):
        raise InputError(
            f"{destination} holds renders of '{name}' and was begun with another list "
            "of photos; name another folder or delete it."
        )


def _known_of(entry: PhotoEntry) -> dict[str, Any]:
    """What the list says about a photo and its person."""
    return {
        "source": entry.source,
        "licence": entry.licence,
        "age": entry.age,
        "gender": entry.gender,
        "ethnicity": entry.ethnicity,
    }


def _unique_names(entries: Sequence[PhotoEntry]) -> list[str]:
    """A file name for every photo: its person's, numbered where a person has several."""
    seen: dict[str, int] = {}
    names = []
    for entry in entries:
        count = seen[entry.person] = seen.get(entry.person, 0) + 1
        plain = plain_name(entry.person)
        names.append(plain if count == 1 else f"{plain}-{count}")
    if len(set(names)) < len(names):
        raise InputError("two people's names differ only in signs that file names cannot hold.")
    return names


class Studio:
    """Turns photos into renders; one instance a process.

    Args:
        face_model: the 3-D face's file or folder.
        destination: the set's folder.
        options: what to render.
    """

    def __init__(self, face_model: Path, destination: Path, options: StudioOptions) -> None:
        self.scene = Scene(load_face_model(face_model))
        self.detector = PatientDetector()
        self.destination = destination
        self.options = options

    def process(self, name: str, entry: PhotoEntry) -> None:
        """Render all takes of a photo; what is wrong with it is written down, not raised."""
        result: dict[str, Any]
        before = photo_before_reading(entry.path)
        try:
            fitted = self.fit_photo(entry.path, entry.expression)
            records = [
                record
                for number in range(self.options.takes)
                for record in self._take(name, entry, fitted, number)
            ]
            result = {
                "photo": entry.path.name,
                "records": [record.to_json() for record in records],
            }
        except Exception as error:
            result = {"error": str(failure_of_photo(self.destination, error))}
        write_result(self.destination, name, result, before.digest_of_what_was_read())

    def fit_photo(self, path: Path, expression: Expression = Expression.NEUTRAL) -> FittedPhoto:
        """Find, align and fit the one face of a photo that shows ``expression``.

        Raises:
            InputError: when the photo cannot be read or does not show exactly one whole face.
        """
        pixels = read_photo(path).pixels
        faces = self.detector.detect(pixels)
        if len(faces) != 1:
            found = "no face" if not faces else f"{len(faces)} faces"
            raise InputError(f"{found} found; the studio needs photos of one person.")
        faces[0].check_editable(*pixels.shape[:2])
        if faces[0].is_cut(*pixels.shape[:2]):
            raise InputError(
                "the face is cut by the photo's border; use a photo that shows the whole face."
            )
        transform: Similarity = align(faces[0].landmarks)
        landmarks = transform(faces[0].landmarks)
        size = self.options.size * SUPERSAMPLING
        scale = size / TEMPLATE_SIZE
        picture = warp(pixels, transform.scaled(scale), size)
        wider = transform.moved(MARGIN, MARGIN).scaled(scale)
        surroundings = warp(pixels, wider, size + round(2 * MARGIN * scale))
        shown = shown_bounds(expression)
        return FittedPhoto(
            picture, surroundings, fit(self.scene.model, landmarks, blendshapes=shown)
        )

    def _take(
        self, name: str, entry: PhotoEntry, fitted: FittedPhoto, number: int
    ) -> Iterator[Record | BlendedFace]:
        """Render and write one take: its faces, the eight classes first, and their correspondence.

        The photo itself stands for its own expression where the take leaves it as it is: in take 0,
        and in every take of a photo that is not neutral, whose gaze and shape are kept for that.
        """
        photo, photographed = f"{name}_{number}", entry.expression
        as_it_is = number == 0 or photographed is not Expression.NEUTRAL
        take = self._draw(name, photographed, fitted, number)
        if as_it_is:
            shown = fitted.fit.expression
            take = take.showing(photographed, shown, shown_intensity(shown, photographed))
        renderer = TakeRenderer(self.scene, fitted, take)
        placements = [renderer.place(weights) for weights in take.faces]
        known = partial(self._known, entry, photo, take)
        for expression, placement in zip(Expression, placements, strict=False):
            file_name = f"{entry.split}/{expression}/{photo}.png"
            as_photographed = as_it_is and expression is photographed
            picture = renderer.fitted.picture if as_photographed else renderer.draw(placement)
            self._save(picture, file_name)
            yield Record(
                file_name=file_name,
                expression=expression,
                intensity=take.intensity[expression],
                **known(placement),
            )
        blended = zip(take.blends, placements[len(Expression) :], strict=True)
        for order, (blend, placement) in enumerate(blended):
            file_name = f"{entry.split}/{BLENDED}/{photo}_{order:02d}.png"
            self._save(renderer.draw(placement), file_name)
            yield BlendedFace(
                file_name=file_name,
                eyes=blend.eyes,
                mouth=blend.mouth,
                variant=blend.variant,
                added_units=blend.added_units or None,
                **known(placement),
            )
        correspondence = correspond(
            self.scene, placements, photograph=photographed.position if as_it_is else None
        )
        correspondence.save(self.destination / CORRESPONDENCE / f"{photo}.npz")

    def _draw(self, name: str, photographed: Expression, fitted: FittedPhoto, number: int) -> Take:
        """What a take of a photo shows."""
        variation = self.options.variation
        if photographed is not Expression.NEUTRAL:
            variation = replace(variation, gaze=0.0, identity=0.0)
        key = f"{self.options.seed}/{name}"
        modes = len(fitted.fit.identity)
        return draw_take(self.scene.model, modes, variation, key=key, number=number)

    def _known(
        self, entry: PhotoEntry, photo: str, take: Take, placement: Placement
    ) -> dict[str, Any]:
        """The metadata of a face that do not depend on what it shows."""
        units = action_units(placement.weights)
        return {
            "person": entry.person,
            "photo": photo,
            "action_units": {unit: round(value, 4) for unit, value in units.items()},
            "blendshapes": {name: round(w, 4) for name, w in placement.weights.items()},
            "landmarks": self._landmarks(placement),
            "split": entry.split,
            "photographed": entry.expression,
            "turn": take.turn if any(take.turn) else None,
            **_known_of(entry),
        }

    def _save(self, picture: NDArray[np.uint8], file_name: str) -> None:
        path = self.destination / file_name
        path.parent.mkdir(parents=True, exist_ok=True)
        face = marked_png(
            averaged(picture, self.options.size),
            "A photographed face with a rendered expression, made by lgpgan: synthetic.",
            source=SourceType.RENDERED,
            compression=COMPRESSION,
        )
        write_bytes(path, face, flush=False)

    def _landmarks(self, placement: Placement) -> NDArray[np.float64]:
        scale = self.options.size / TEMPLATE_SIZE
        points = placement.vertices[self.scene.model.landmarks, :2] * scale
        return points.astype(np.float64).round(2)
