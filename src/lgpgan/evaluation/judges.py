"""All networks that judge faces, loaded once, and their readings of a stack of faces."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

from lgpgan.assets.cache import State, examine
from lgpgan.assets.registry import ASSETS, INCEPTION_WEIGHTS, MOBILENET
from lgpgan.errors import InputError, MissingPartError
from lgpgan.evaluation.aligned_faces import find_landmarks
from lgpgan.evaluation.distances.features import FeatureExtractor, extract_features
from lgpgan.evaluation.distances.inception import InceptionExtractor
from lgpgan.evaluation.distances.mobilenet import MobileNetExtractor
from lgpgan.evaluation.identity import IdentityEmbedder
from lgpgan.evaluation.sharpness import RegionSharpness, region_sharpness
from lgpgan.expressions.expression import Expression
from lgpgan.networks.device import usable_device
from lgpgan.recognisers.framing import tight_crop
from lgpgan.recognisers.recogniser import Recogniser, available_recognisers

__all__ = ["Judges", "Readings", "read_faces", "read_features"]

Progress = Callable[[int, int], None]
EXPRESSIONS = np.array([str(expression) for expression in Expression])
"""Names of the columns of :meth:`Recogniser.probabilities`."""
CHUNK = 16
"""Faces that are looked at between two reports of progress."""


@dataclass(frozen=True)
class Judges:
    """The recognisers, the identity network and the feature extractors that are installed.

    Attributes:
        recognisers: recognisers of expressions.
        embedder: embedder of identity.
        extractors: extractors of features, on which distances between sets are taken.
        missing: a sentence for each part that is not here: what for, and how to get it.
        problems: a sentence for each that is here, but is damaged or another file.
    """

    recognisers: tuple[Recogniser, ...]
    embedder: IdentityEmbedder
    extractors: tuple[FeatureExtractor, ...]
    missing: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()

    @classmethod
    def load(cls, *, inception: Path | None = None, device: str | torch.device = "cpu") -> Judges:
        """Load all judges whose parts are installed.

        Args:
            inception: weights of FID's network; those in the cache if None.
            device: device of the feature extractors.

        Raises:
            InputError: when there is no such device.
            MissingPartError: when dlib's network for identity is not installed.
        """
        where = usable_device(device)
        recognisers = available_recognisers()
        extractors: list[FeatureExtractor] = []
        absent = dict(recognisers.missing)
        problems = []
        loaders: Mapping[str, Callable[[], FeatureExtractor]] = {
            INCEPTION_WEIGHTS.name: lambda: InceptionExtractor.load(inception, device=where),
            MOBILENET.name: lambda: MobileNetExtractor.load(device=where),
        }
        for name, load in loaders.items():
            try:
                extractors.append(load())
            except MissingPartError as error:
                absent[name] = str(error)
            except InputError as error:
                problems.append(str(error))
        damaged = {name for name in absent if examine(ASSETS[name]).state is State.DAMAGED}
        return cls(
            recognisers.available,
            IdentityEmbedder(),
            tuple(extractors),
            missing=tuple(absent[name] for name in absent if name not in damaged),
            problems=(*problems, *(absent[name] for name in absent if name in damaged)),
        )

    def without(self, extractor: str) -> Judges:
        """The judges without one of the extractors, by its name."""
        left = tuple(one for one in self.extractors if one.name != extractor)
        return replace(self, extractors=left)


@dataclass(frozen=True)
class Readings:
    """The readings of N faces by all judges.

    Attributes:
        named: name of a recogniser to the class (N,) that it reads.
        landmarks: (N, 68, 2) as dlib finds them, template pixels.
        descriptors: (N, 128) of identity.
        sharpness: sharpness of eyes and mouth.
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
    """Let every judge read faces.

    Args:
        faces: (N, 128, 128, 3) uint8 RGB, one or more.
        mouth_top: (N,) first row of each mouth region.
        judges: the judges.
        progress: called with the faces done and their total.

    Raises:
        InputError: when an argument is of another shape or type.
    """
    named: dict[str, list[NDArray[np.intp]]] = {r.name: [] for r in judges.recognisers}
    features: dict[str, list[NDArray[np.float64]]] = {e.name: [] for e in judges.extractors}
    landmarks, descriptors = [], []
    for start in range(0, len(faces), CHUNK):
        part = faces[start : start + CHUNK]
        tight = tight_crop(part)
        for recogniser in judges.recognisers:
            named[recogniser.name].append(recogniser.probabilities(tight).argmax(axis=1))
        found = find_landmarks(part)
        landmarks.append(found)
        descriptors.append(judges.embedder.embed_faces(part, found))
        for extractor in judges.extractors:
            features[extractor.name].append(extract_features(extractor, part))
        progress(min(start + CHUNK, len(faces)), len(faces))
    return Readings(
        named={name: EXPRESSIONS[np.concatenate(rows)] for name, rows in named.items()},
        landmarks=np.concatenate(landmarks),
        descriptors=np.concatenate(descriptors),
        sharpness=region_sharpness(faces, mouth_top),
        features={name: np.concatenate(rows) for name, rows in features.items()},
    )


def read_features(
    faces: NDArray[np.uint8],
    judges: Judges,
    progress: Progress = lambda done, total: None,
) -> dict[str, NDArray[np.float64]]:
    """Let only the feature extractors read faces.

    Args:
        faces: (N, 128, 128, 3) uint8 RGB.
        judges: the judges that the extractors belong to.
        progress: called with the faces done and their total, for one extractor after the other.

    Returns:
        Features (N, D) by the name of the extractor.
    """
    return {e.name: extract_features(e, faces, progress=progress) for e in judges.extractors}
