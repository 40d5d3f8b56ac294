"""Everything that looks at faces: loaded once, and what it says of a stack of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lgpgan.errors import MissingPartError
from lgpgan.evaluation.aligned_faces import find_landmarks
from lgpgan.evaluation.assets import State, survey
from lgpgan.evaluation.features import FeatureExtractor, extract_features
from lgpgan.evaluation.framing import tight_crop
from lgpgan.evaluation.identity import IdentityEmbedder
from lgpgan.evaluation.inception import InceptionExtractor
from lgpgan.evaluation.mobilenet import MobileNetExtractor
from lgpgan.evaluation.recogniser import Recogniser, available_recognisers
from lgpgan.evaluation.sharpness import RegionSharpness, region_sharpness
from lgpgan.expressions import Expression

__all__ = ["Judges", "Readings", "read_faces", "read_features"]

Progress = Callable[[int, int], None]
EXPRESSIONS = np.array([str(expression) for expression in Expression])
CHUNK = 16
"""Faces that are looked at between two reports of progress."""


@dataclass(frozen=True)
class Judges:
    """What there is to judge faces with.

    Attributes:
        recognisers: of expressions.
        embedder: of identity.
        extractors: of features, on which distances between sets are taken.
        missing: a sentence for each part that is not here: what for, and how to get it.
        problems: a sentence for each that is here, but damaged.
    """

    recognisers: tuple[Recogniser, ...]
    embedder: IdentityEmbedder
    extractors: tuple[FeatureExtractor, ...]
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def load(cls, *, inception: Path | None = None, device: str | torch.device = "cpu") -> Judges:
        """All that are here.

        Args:
            inception: weights of FID's network; those in the cache if None.
            device: of the feature extractors.

        Raises:
            InputError: when ``inception`` is not that file.
            MissingPartError: when dlib's network for identity is not installed.
        """
        recognisers = available_recognisers()
        missing = list(recognisers.missing.values())
        extractors: list[FeatureExtractor] = []
        loaders: tuple[Callable[[], FeatureExtractor], ...] = (
            lambda: InceptionExtractor.load(inception, device=device),
            lambda: MobileNetExtractor.load(device=device),
        )
        for load in loaders:
            try:
                extractors.append(load())
            except MissingPartError as error:
                missing.append(str(error))
        damaged = [
            f"{found.place} is damaged or another version; {found.remedy}"
            for found in survey()
            if found.state is State.DAMAGED
        ]
        return cls(
            recognisers.available,
            IdentityEmbedder(),
            tuple(extractors),
            tuple(missing),
            tuple(damaged),
        )


@dataclass(frozen=True)
class Readings:
    """What the judges say of N faces.

    Attributes:
        named: name of a recogniser to the class (N,) that it reads.
        landmarks: (N, 68, 2) as dlib finds them, template pixels.
        descriptors: (N, 128) of identity.
        sharpness: of eyes and mouth.
        features: name of an extractor to (N, D).
    """

    named: Mapping[str, NDArray[np.str_]]
    landmarks: NDArray[np.float64]
    descriptors: NDArray[np.float64]
    sharpness: RegionSharpness
    features: Mapping[str, NDArray[np.float64]]


def read_faces(
    faces: NDArray[np.uint8],
    mouth_top: NDArray[np.int64],
    judges: Judges,
    progress: Progress = lambda done, total: None,
) -> Readings:
    """Show faces to every judge.

    Args:
        faces: (N, 128, 128, 3) uint8 RGB.
        mouth_top: (N,) first row of each mouth region.
        judges: who is asked.
        progress: called with the faces done and their total.
    """
    named: dict[str, list[NDArray[np.intp]]] = {r.name: [] for r in judges.recognisers}
    landmarks, descriptors = [], []
    for start in range(0, len(faces), CHUNK):
        part = faces[start : start + CHUNK]
        tight = tight_crop(part)
        for recogniser in judges.recognisers:
            named[recogniser.name].append(recogniser.probabilities(tight).argmax(axis=1))
        found = find_landmarks(part)
        landmarks.append(found)
        descriptors.append(judges.embedder.embed_faces(part, found))
        progress(min(start + CHUNK, len(faces)), len(faces))
    return Readings(
        named={name: EXPRESSIONS[np.concatenate(rows)] for name, rows in named.items()},
        landmarks=np.concatenate(landmarks),
        descriptors=np.concatenate(descriptors),
        sharpness=region_sharpness(faces, mouth_top),
        features=read_features(faces, judges),
    )


def read_features(faces: NDArray[np.uint8], judges: Judges) -> dict[str, NDArray[np.float64]]:
    """Features (N, D) of faces (N, 128, 128, 3) uint8, by the name of the extractor."""
    return {e.name: extract_features(e, faces) for e in judges.extractors}
