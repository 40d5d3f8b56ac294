"""Faces of one photo with a target each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import numpy as np

from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import OpenedPhoto
from lgpgan.expressions.target import Target
from lgpgan.photos.deep_colour import AnyDepth, eight_bits

__all__ = ["apply_each", "describe_each"]


def apply_each(editor: Editor, opened: OpenedPhoto, targets: Mapping[int, Target]) -> AnyDepth:
    """Give faces of an opened photo an expression each; the others stay as they are.

    Where all targets are the same, it is what :meth:`lgpgan.Editor.apply` gives.

    Args:
        editor: who edits.
        opened: the photo.
        targets: by the number of the face.

    Returns:
        (H, W, 3) of the photo's own depth.
    """
    photo = opened.photo
    for face in opened.faces:
        if face.number in targets:
            one = replace(opened, photo=photo, faces=(face,))
            pixels = editor.apply(one, targets[face.number]).pixels
            deep = np.asarray(pixels, np.uint16) if pixels.dtype == np.uint16 else None
            photo = replace(photo, pixels=eight_bits(pixels), deep=deep)
    return photo.colours


def describe_each(targets: Mapping[int, Target]) -> str:
    """A sentence for the metadata of what was made.

    Args:
        targets: by the number of the face; one at least.
    """
    if len(set(targets.values())) == 1:
        return next(iter(targets.values())).describe()
    each = ", ".join(
        f"of face {number} to {target.caption} (intensity {target.intensity:g})"
        for number, target in sorted(targets.items())
    )
    return f"Facial expressions changed, {each}, by lgpgan: a synthetic image."
