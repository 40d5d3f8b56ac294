"""What can be evaluated: runs, weights files, the weights that come with lgpgan, baselines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lgpgan.errors import InputError
from lgpgan.evaluation.baselines import IdentityBaseline
from lgpgan.evaluation.editors import MethodEditor
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.methods.registry import METHODS
from lgpgan.methods.weights import load_method
from lgpgan.methods.weights_info import DEFAULT, weights_of

__all__ = ["BASELINES", "Subject", "find_subject"]

BASELINES = {
    "identity": "doing nothing",
    "studio": "the 3-D face",
}
"""Every baseline by its name, to its title."""


@dataclass(frozen=True)
class Subject:
    """The method or baseline that is evaluated.

    Attributes:
        name: name in files.
        title: title in reports.
        method: name of the method or baseline.
        images: images that its discriminators were shown in training.
        sees_pairs: whether it learnt from exact pairs.
        weights: where they lie; empty for the baselines.
    """

    name: str
    title: str
    method: str
    images: int = 0
    sees_pairs: bool = False
    weights: str = ""

    def to_json(self) -> dict[str, Any]:
        """In the form of ``evaluation.json``."""
        return asdict(self)


def find_subject(
    name: str, *, device: str = "cpu", face_model: Path | None = None
) -> tuple[Subject, FaceEditor]:
    """Load a method or a baseline by its name.

    Args:
        name: ``default``, a baseline's name, a run's folder or a weights file.
        device: where networks run.
        face_model: the 3-D face of the baseline ``studio``; where it usually lies if None.

    Raises:
        InputError: when it stands for nothing that can be evaluated.
        MissingPartError: when the 3-D face is needed and not here.
    """
    if name == "identity":
        return Subject(name, BASELINES[name], name), IdentityBaseline()
    if name == "studio":
        # Nothing else that is evaluated needs the 3-D face, or numba.
        from lgpgan.evaluation.studio_baseline import StudioBaseline
        from lgpgan.face3d.face_model import find_face_model

        return (
            Subject(name, BASELINES[name], name),
            StudioBaseline(find_face_model(face_model)),
        )
    is_default = name == DEFAULT
    path = weights_of(name)
    if not path.exists():
        raise InputError(
            f"'{name}' is neither a run's folder, nor a weights file, nor one of default, "
            f"{', '.join(BASELINES)}."
        )
    method = load_method(path, device=device)
    info = method.info
    subject = Subject(
        name="default" if is_default else path.parent.name or path.stem,
        title=METHODS[info.method].title,
        method=info.method,
        images=info.images,
        sees_pairs=is_default or info.preset == "studio",
        weights=str(path),
    )
    return subject, MethodEditor(method, device=device)
