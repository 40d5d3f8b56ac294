"""Who can be evaluated: runs, weights files, the weights that come with lgpgan, and baselines."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from lgpgan.errors import InputError
from lgpgan.evaluation.baselines import IdentityBaseline, StudioBaseline
from lgpgan.evaluation.editors import MethodEditor
from lgpgan.evaluation.face_editor import FaceEditor
from lgpgan.face3d.face_model import find_face_model
from lgpgan.methods.registry import METHODS
from lgpgan.methods.weights import default_weights, load_method, named_weights

__all__ = ["BASELINES", "Subject", "find_subject"]

BASELINES = {
    "identity": "doing nothing",
    "studio": "the 3-D face",
}
"""Every baseline by its name, to its title."""


@dataclass(frozen=True)
class Subject:
    """Whose figures they are.

    Attributes:
        name: in files.
        title: in reports.
        method: its name; that of the baseline for these.
        images: that its discriminators were shown in training.
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
        """As ``evaluation.json`` holds it."""
        return asdict(self)


def find_subject(
    name: str, *, device: str = "cpu", face_model: Path | None = None
) -> tuple[Subject, FaceEditor]:
    """Load what a name stands for.

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
        return (
            Subject(name, BASELINES[name], name),
            StudioBaseline(find_face_model(face_model)),
        )
    path = named_weights(name)
    is_default = path == default_weights()
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
