"""How fast evaluation is beside the bare networks that it runs.

    python benchmarks/evaluation.py runs/studio [--images 1000] [--subject default] [--inception W]

First the images a second of every judge by itself, on one thread: in lgpgan, and its network alone
with its inputs ready. Then ``lgpgan evaluate`` on so many images beside the sum of all networks'
bare times for every face that they are shown: outputs, the real faces kept out, and those trained
on. Drawing people again and again and the roots of matrices are told apart. The goal is 1.2. All is
the processor's time of this process, since other work disturbs the clock on the wall.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping
from functools import wraps
from pathlib import Path
from typing import Any
from unittest import mock

import cv2
import dlib
import numpy as np
import torch
from numpy.typing import NDArray

from lgpgan.datasets.faces import mouth_tops, to_signed
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.evaluation import evaluator as evaluator_module
from lgpgan.evaluation.aligned_faces import DETECTOR_BOX, ENLARGEMENT, enlarge, find_landmarks
from lgpgan.evaluation.changes import region_differences
from lgpgan.evaluation.distances.features import FeatureExtractor, extract_features
from lgpgan.evaluation.distances.inception import InceptionExtractor
from lgpgan.evaluation.editors import BATCH, MethodEditor
from lgpgan.evaluation.evaluator import Evaluator
from lgpgan.evaluation.judges import Judges
from lgpgan.evaluation.sharpness import region_sharpness
from lgpgan.evaluation.subjects import find_subject
from lgpgan.faces.alignment import MOUTH
from lgpgan.faces.detectors.dlib_detector import landmark_model_path
from lgpgan.recognisers import face_api, fer
from lgpgan.recognisers.framing import tight_crop
from lgpgan.recognisers.recogniser import Recogniser

SAMPLE = 32
"""Faces on which every judge is timed by itself."""
ROUNDS = 3
"""How often; the quickest counts."""
EXTRACTED_AT_ONCE = 4

Faces = NDArray[np.uint8]
Task = Callable[[], object]


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path, help="a prepared set")
    parser.add_argument("--images", type=int, default=1000, help="outputs of the evaluation")
    parser.add_argument("--subject", default="default", help="a run or a weights file")
    parser.add_argument("--inception", type=Path, help="weights of FID's network")
    options = parser.parse_args()
    torch.set_num_threads(1)
    cv2.setNumThreads(1)
    prepared = PreparedSet.load(options.data)
    judges = Judges.load(inception=options.inception)
    about, editor = find_subject(options.subject)
    sources = max(1, round(options.images / len(prepared.classes)))
    evaluator = Evaluator(prepared, judges, count=sources)
    assert isinstance(editor, MethodEditor)
    bare = each(evaluator, judges, editor)
    whole(evaluator, judges, bare, lambda: evaluator.judge(about, evaluator.outputs(editor)))


def each(evaluator: Evaluator, judges: Judges, editor: MethodEditor) -> dict[str, float]:
    """Print what every judge takes; returns the seconds a face of the bare networks."""
    real = evaluator.trials.real
    rows = np.arange(SAMPLE) % len(real)
    faces, landmarks, tops = real.faces[rows], real.landmarks[rows], real.mouth_top[rows]
    shown = [real.shown[row] for row in rows]
    found = find_landmarks(faces)
    tasks: dict[str, tuple[Task, Task | None]] = {
        "editing": (
            lambda: editor(faces, landmarks, shown, shown),
            bare_generator(editor, faces, landmarks),
        ),
        "landmarks": (lambda: find_landmarks(faces), bare_landmarks(faces)),
        "identity": (
            lambda: judges.embedder.embed_faces(faces, found),
            bare_identity(judges, faces, found),
        ),
        "sharpness": (lambda: region_sharpness(faces, tops), None),
        "change": (lambda: region_differences(faces, faces[::-1].copy(), tops), None),
    }
    for recogniser in judges.recognisers:
        tasks[recogniser.name] = reading(recogniser, faces)
    for extractor in judges.extractors:
        tasks[extractor.name] = extracting(extractor, faces)
    print(f"{'images a second':<16}{'lgpgan':>8}{'bare network':>14}")
    bare: dict[str, float] = {}
    for name, (task, network) in tasks.items():
        taken = seconds(task)
        line = f"{name:<16}{SAMPLE / taken:>8.1f}"
        if network is not None:
            alone = seconds(network)
            bare[name] = alone / SAMPLE
            line += f"{SAMPLE / alone:>14.1f}   ratio {taken / alone:.2f}"
        print(line)
    return bare


def whole(
    evaluator: Evaluator,
    judges: Judges,
    bare: Mapping[str, float],
    evaluate: Callable[[], dict[str, Any]],
) -> None:
    """Print what an evaluation takes beside the networks that it runs."""
    statistics = [0.0]

    def timed(work: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(work)
        def measured(*arguments: Any) -> Any:
            started = time.process_time()
            try:
                return work(*arguments)
            finally:
                statistics[0] += time.process_time() - started

        return measured

    with (
        mock.patch.object(evaluator_module, "figures_of", timed(evaluator_module.figures_of)),
        mock.patch.object(evaluator_module, "distances_of", timed(evaluator_module.distances_of)),
    ):
        started = time.process_time()
        result = evaluate()
        taken = time.process_time() - started
    outputs, real = len(evaluator.trials), len(evaluator.trials.real)
    references = result["data"]["references"]
    extractors = {extractor.name for extractor in judges.extractors}
    shown = {
        name: outputs
        if name == "editing"
        else outputs + real + (references if name in extractors else 0)
        for name in bare
    }
    networks = sum(bare[name] * count for name, count in shown.items())
    print(f"\nevaluate: {outputs} outputs, {real} real faces, {references} faces trained on")
    print(f"{taken:.1f} s, of which figures, intervals and matrix roots {statistics[0]:.1f} s")
    print(f"bare networks: {networks:.1f} s")
    print(f"ratio without the former: {(taken - statistics[0]) / networks:.2f}")


def seconds(task: Task) -> float:
    """Of the processor, at best."""
    task()
    taken = []
    for _ in range(ROUNDS):
        started = time.process_time()
        task()
        taken.append(time.process_time() - started)
    return min(taken)


def bare_generator(editor: MethodEditor, faces: Faces, landmarks: NDArray[np.float64]) -> Task:
    """The generators, with tensors ready."""
    generator = editor._method.generator
    images = to_signed(faces).split(BATCH)
    tops = mouth_tops(torch.from_numpy(landmarks[:, MOUTH, 1].mean(axis=1))).split(BATCH)
    labels = torch.eye(len(editor._method.info.labels))[[0] * len(faces)].split(BATCH)

    @torch.inference_mode()
    def run() -> None:
        for image, label, top in zip(images, labels, tops, strict=True):
            generator(image, label, top)

    return run


def bare_landmarks(faces: Faces) -> Task:
    """Dlib's predictor, with enlarged faces ready."""
    predictor = dlib.shape_predictor(str(landmark_model_path()))
    left, top, right, bottom = (round(side * ENLARGEMENT) for side in DETECTOR_BOX)
    box = dlib.rectangle(left, top, right - 1, bottom - 1)
    large = [enlarge(face) for face in faces]
    return lambda: [predictor(face, box) for face in large]


def bare_identity(judges: Judges, faces: Faces, landmarks: NDArray[np.float64]) -> Task:
    """Dlib's network, with chips ready, all in one call."""
    chips = []
    for face, points in zip(faces, landmarks, strict=True):
        places = [dlib.point(x, y) for x, y in np.rint(points * ENLARGEMENT - 0.5).astype(int)]
        found = dlib.full_object_detection(dlib.rectangle(0, 0, 1, 1), places)
        chips.append(dlib.get_face_chip(enlarge(face), found, size=150, padding=0.25))
    return lambda: judges.embedder._network.compute_face_descriptor(chips)


def reading(recogniser: Recogniser, faces: Faces) -> tuple[Task, Task]:
    """A recogniser, and its network with inputs ready."""
    tight = tight_crop(faces)

    def task() -> object:
        return recogniser.probabilities(tight_crop(faces))

    if isinstance(recogniser, fer.FerRecogniser):
        interpreter, index = recogniser._interpreter, recogniser._input
        inputs = [fer._network_input(face) for face in tight]

        def invoke() -> None:
            for values in inputs:
                interpreter.set_tensor(index, values)
                interpreter.invoke()

        return task, invoke
    assert isinstance(recogniser, face_api.FaceApiRecogniser)
    weights = recogniser._weights
    tensors = [face_api._network_input(face) for face in tight]

    @torch.inference_mode()
    def forward() -> None:
        for tensor in tensors:
            face_api._forward(weights, tensor)

    return task, forward


def extracting(extractor: FeatureExtractor, faces: Faces) -> tuple[Task, Task]:
    """An extractor, and its network with inputs ready."""
    network = extractor._network  # type: ignore[attr-defined]
    side = 299 if isinstance(extractor, InceptionExtractor) else 224
    batch = torch.randn(EXTRACTED_AT_ONCE, 3, side, side)

    @torch.inference_mode()
    def forward() -> None:
        for _ in range(0, len(faces), EXTRACTED_AT_ONCE):
            network(batch)

    return lambda: extract_features(extractor, faces), forward


if __name__ == "__main__":
    main()
