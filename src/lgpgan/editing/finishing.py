"""From what networks do to a face at 128×128 to what is pasted into its photo."""

from __future__ import annotations

from dataclasses import replace

from lgpgan.editing.opened_photo import FoundFace
from lgpgan.expressions.target import Target
from lgpgan.faces.eye_motion import eye_motion
from lgpgan.faces.lighting import in_light
from lgpgan.faces.paste import FaceChange
from lgpgan.faces.rim import rim_of
from lgpgan.faces.wrinkles import wrinkles_on

__all__ = ["finished"]


def finished(change: FaceChange, face: FoundFace, target: Target) -> FaceChange:
    """A change in the light of a face's photo, with edges and wrinkles as sharp as the photo.

    Lids and gaze move on top of it.

    Args:
        change: as networks make it.
        face: that it is made for.
        target: what the face is to show.
    """
    lit = in_light(change, face.aligned, face.light)
    wrinkles = wrinkles_on(
        face.aligned,
        face.transform(face.face.landmarks),
        lit.flow,
        target.weights_above(),
        face.light.skin,
        face.edge_width,
    )
    rim = rim_of(lit.keep, face.mouth_top, face.edge_width)
    whole = replace(lit, rim=rim, wrinkles=wrinkles)
    units = {number: share * target.intensity for number, share in target.units}
    eyes = eye_motion(face.aligned, face.transform(face.face.landmarks), lit.flow, units)
    return whole if eyes is None else eyes.after(whole)
