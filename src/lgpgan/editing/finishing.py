"""From what networks do to a face at 128×128 to what is pasted into its photo."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from lgpgan.editing.opened_photo import FoundFace
from lgpgan.expressions.target import Target
from lgpgan.faces.alignment import read_at
from lgpgan.faces.creases import crease_area, creases
from lgpgan.faces.eye_motion import eye_motion, eye_units
from lgpgan.faces.face_change import FaceChange
from lgpgan.faces.fold_filling import filled_folds
from lgpgan.faces.lighting import in_light
from lgpgan.faces.mouth_closing import lips_apart, mouth_closing
from lgpgan.faces.mouth_drawing import with_rows
from lgpgan.faces.regions import folding_area
from lgpgan.faces.rim import RAMP, inner_colour, rim_of
from lgpgan.faces.seen_face import SeenFace
from lgpgan.faces.sharpness import SHARP_EDGE, blur_between, in_pixels_of
from lgpgan.faces.wrinkle_map import cells_of_map
from lgpgan.faces.wrinkles import wrinkles_on

__all__ = ["finished"]

HALF = 0.5
"""A pixel that is so much in an area is in it."""


def finished(change: FaceChange, face: FoundFace, target: Target) -> FaceChange:
    """A change in the light of a face's photo, with edges and wrinkles as sharp as the photo.

    Folds that go are filled. Teeth lie where head and jaw have them. Lids and gaze move on top.

    Args:
        change: as networks make it.
        face: that it is made for.
        target: what the face is to show.
    """
    seen = SeenFace.read(face.aligned, face.landmarks, change.flow, face.light.skin)
    lit = in_light(change, seen, face.light)
    blur = blur_between(SHARP_EDGE, face.edge_width)
    folded = _with_folds(lit, face, target, seen, blur)
    width = in_pixels_of(face.edge_width, face.transform)
    closed = _with_lips(folded, face, target)
    edged = _with_edges(closed, face.mouth_top, width)
    whole = with_rows(edged, face.landmarks, face.light, width, 1 / face.transform.scale)
    units = {number: share * target.intensity for number, share in target.units}
    asked = eye_units(units)
    if not asked:
        return whole
    eyes = eye_motion(face.eyes, face.landmarks, lit.flow, asked)
    return (eyes.softened(blur) if blur > 0 else eyes).after(whole)


def _with_folds(
    change: FaceChange, face: FoundFace, target: Target, seen: SeenFace, blur: float
) -> FaceChange:
    """A change with the wrinkles and creases of its target, in which the folds that go are filled.

    Args:
        change: in the light of the photo.
        face: that it is made for.
        target: what the face is to show.
        seen: the face along the change's flow.
        blur: by which the photo is out of focus, in template pixels.
    """
    cells = cells_of_map(face.landmarks, change.flow)
    above, below = (
        {name: face.fold_depth * weight for name, weight in half.items()}
        for half in (target.weights_above(), target.weights_below())
    )
    creased, filling = None, None
    if change.shade is not None:
        beside = read_at(folding_area(face.landmarks).astype(np.float32), change.places)
        shown = seen.colours * change.shade
        creased = creases(cells, below, seen.gain(shown), seen.luma * (beside > HALF))
        filling = filled_folds(seen, shown, crease_area(cells) * beside, face.light)
    wrinkles = wrinkles_on(cells, face.landmarks, above, creased, seen.skin, face.light.skin, blur)
    return replace(change, wrinkles=wrinkles, filling=filling)


def _with_lips(change: FaceChange, face: FoundFace, target: Target) -> FaceChange:
    """A change in which lips that are to meet do so; networks without an inside draw them alone."""
    if change.inside is None:
        return change
    apart = lips_apart(target.weights_below())
    return change.closed(mouth_closing(face.aligned, face.landmarks, change.flow, apart))


def _with_edges(change: FaceChange, mouth_top: int, width: float) -> FaceChange:
    """A change in which edges of a mouth that opens are as wide as those in the photo.

    Args:
        change: in the light of the photo.
        mouth_top: first row of the mouth region.
        width: of edges in the photo, in template pixels.
    """
    if (blur := blur_between(RAMP, width)) > 0:
        return change.softened(blur)
    rim = rim_of(change.keep, mouth_top, width)
    if rim is None:
        return change
    inside = change.inside
    if inside is not None:
        inside = replace(inside, lit=inner_colour(inside.lit, change.keep, rim))
    colour = inner_colour(change.colour, change.keep, rim)
    return replace(change, rim=rim, colour=colour, inside=inside)
