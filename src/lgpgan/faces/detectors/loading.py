"""Detectors by their names.

There are two sources of landmarks. The networks were trained with dlib's;
:mod:`lgpgan.faces.detectors.patient_detector` finds faces for them.
:mod:`lgpgan.faces.detectors.mediapipe_detector` is free for commercial use.
"""

from __future__ import annotations

from typing import Literal

from lgpgan.choices import check_choice
from lgpgan.faces.detection import FaceDetector

__all__ = ["LandmarkSource", "load_detector"]

LandmarkSource = Literal["dlib", "mediapipe"]
"""What finds faces and their landmarks."""


def load_detector(source: LandmarkSource) -> FaceDetector:
    """The detector of a source; the other one's parts are not loaded.

    Raises:
        InputError: when there is no such source.
        MissingPartError: when its files or its package are not here.
    """
    check_choice(source, LandmarkSource, "source of landmarks")
    if source == "mediapipe":
        from lgpgan.faces.detectors.mediapipe_detector import MediapipeDetector

        return MediapipeDetector()
    from lgpgan.faces.detectors.patient_detector import PatientDetector

    return PatientDetector()
