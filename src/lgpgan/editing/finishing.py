"""From what networks do to a face at 128×128 to what is pasted into its photo."""

from __future__ import annotations

from dataclasses import replace

from lgpgan.editing.opened_photo import FoundFace
from lgpgan.faces.lighting import in_light
from lgpgan.faces.paste import FaceChange
from lgpgan.faces.rim import rim_of

__all__ = ["finished"]


def finished(change: FaceChange, face: FoundFace) -> FaceChange:
    """A change in the light of a face's photo, with edges that are as sharp as those of the photo.

    Args:
        change: as networks make it.
        face: that it is made for.
    """
    lit = in_light(change, face.aligned, face.light)
    return replace(lit, rim=rim_of(lit.keep, face.mouth_top, face.edge_width))
