"""Results that nobody measured: plausible, always the same, in the form of the files on disk."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from lgpgan.expressions.expression import Expression
from lgpgan.reporting.results_model import Cell, cell_from_json
from lgpgan.reporting.tables import Column, Entry, Kind, Table, TableRow

CLASSES = [str(expression) for expression in Expression]
KNOWN = [name for name in CLASSES if name != "contemptuous"]
GROUPS = {
    "target": CLASSES,
    "source": CLASSES,
    "gender": ["female", "male"],
    "age": ["under 25", "25 to 34", "35 and over"],
    "ethnicity": ["black", "east asian", "west asian", "white"],
}
MEASURES: dict[str, tuple[str, str, str, str, float | None, float]] = {
    # title, unit, better, about, of real images, half an interval
    "accuracy_fer": (
        "expression accuracy (fer)",
        "share",
        "higher",
        "How often fer reads the expression asked for; it is often wrong on real faces too.",
        0.802,
        0.03,
    ),
    "accuracy_face_api": (
        "expression accuracy (face-api)",
        "share",
        "higher",
        "How often face-api reads the expression asked for.",
        0.745,
        0.035,
    ),
    "contempt_read": (
        "contempt read",
        "share",
        "higher",
        "Read from the mouth's corners, since no recogniser knows it.",
        None,
        0.06,
    ),
    "identity_distance": (
        "identity distance",
        "distance",
        "lower",
        "Between dlib's descriptors of output and input; a real smile moves it by about 0.25.",
        0.252,
        0.012,
    ),
    "change_whole": (
        "change",
        "of [−1, 1]",
        "none",
        "Mean absolute difference of output and input.",
        None,
        0.002,
    ),
    "sharpness_eyes": (
        "sharpness, eyes",
        "ratio",
        "nearer 1",
        "Fineness of edges against real faces of the class.",
        1.0,
        0.02,
    ),
    "sharpness_mouth": (
        "sharpness, mouth",
        "ratio",
        "nearer 1",
        "Fineness of edges against real faces of the class.",
        1.0,
        0.025,
    ),
    "paired_whole": (
        "paired error",
        "of [−1, 1]",
        "lower",
        "Mean absolute difference of output and exact target.",
        None,
        0.0015,
    ),
}
SUBJECTS: dict[str, tuple[str, str, bool, list[float], float]] = {
    # row: title, method, sees pairs, a value a measure, distance
    "lgp-gan/studio": (
        "LGP-GAN, studio",
        "lgp-gan",
        True,
        [0.764, 0.731, 0.81, 0.271, 0.0391, 0.93, 0.88, 0.0224],
        31.2,
    ),
    "lgp-gan/narrow": (
        "LGP-GAN",
        "lgp-gan",
        False,
        [0.412, 0.388, 0.21, 0.334, 0.0312, 0.81, 0.77, 0.0415],
        39.9,
    ),
    "stargan/narrow": (
        "StarGAN",
        "stargan",
        False,
        [0.455, 0.371, 0.18, 0.381, 0.0427, 0.74, 0.69, 0.0463],
        44.1,
    ),
    "attgan/narrow": (
        "AttGAN",
        "attgan",
        False,
        [0.287, 0.301, 0.09, 0.437, 0.0581, 0.52, 0.47, 0.0602],
        58.3,
    ),
    "ganimation/narrow": (
        "GANimation",
        "ganimation",
        False,
        [0.331, 0.322, 0.12, 0.296, 0.0288, 0.86, 0.84, 0.0407],
        36.4,
    ),
    "studio": (
        "3-D face",
        "studio",
        False,
        [0.79, 0.77, 0.9, 0.28, 0.041, 0.96, 0.93, 0.0176],
        29.8,
    ),
    "identity": (
        "doing nothing",
        "identity",
        False,
        [0.125, 0.125, 0.03, 0.0, 0.0, 1.01, 1.0, 0.0431],
        26.4,
    ),
}
TRAINABLE = [row for row in SUBJECTS if row not in ("studio", "identity")]


def made_up_cell(row: str, seed: int = 0, *, inception: bool = False) -> dict[str, Any]:
    """A cell in the form of its file."""
    title, method, sees_pairs, values, distance = SUBJECTS[row]
    generator = np.random.default_rng([seed, *row.encode()])
    shift = 0.0 if row not in TRAINABLE else float(generator.normal(0, 0.02))
    measures = {
        key: _measure(key, value * (1 + shift), generator)
        for key, value in zip(MEASURES, values, strict=True)
    }
    images = 41_616 if row in TRAINABLE else 0
    cell: dict[str, Any] = {
        "format": 1,
        "row": row,
        "title": title,
        "seed": seed,
        "evaluation": {
            "format": 1,
            "lgpgan": "0.1.0",
            "subject": {
                "name": row.replace("/", "-"),
                "title": title,
                "method": method,
                "images": images,
                "sees_pairs": sees_pairs,
                "weights": f"runs/compare/{row.replace('/', '-')}-{seed}/weights.safetensors",
            },
            "data": {
                "folder": "runs/studio",
                "content_hash": "525afa702b4a72cbb0168208116905865b55e5a6bda8025bdfdc0c91de5deda4",
                "faces_hash": "8f0b",
                "classes": CLASSES,
                "people": 30,
                "sources": 240,
                "outputs": 1920,
                "references": 1536,
                "held_out": 240,
                "citations": [
                    "DeBruine, L., & Jones, B. (2017). Face Research Lab London Set (Version 5)."
                    " figshare. doi:10.6084/m9.figshare.5047666.v5"
                ],
            },
            "measures": measures,
            "distances": {
                "frechet_mobilenet": {
                    "title": "Fréchet MobileNetV2 distance",
                    "value": distance * (1 + shift),
                    "interval": [distance - 1.9, distance + 2.1],
                    "floor": 25.8,
                    "floor_interval": [24.1, 27.6],
                    "count": 240,
                    "reference_count": 1536,
                }
            },
            "confusion": {
                "fer": _confusion(values[0], generator),
                "face-api": _confusion(values[1], generator),
            },
            "missing": [
                "FID and inception score need Inception's weights: lgpgan assets --fetch inception"
            ],
        },
    }
    if inception:
        cell["evaluation"]["missing"] = []
        cell["evaluation"]["distances"] |= {
            "fid": {"title": "FID", "value": distance * 1.7, "interval": None, "floor": 31.0},
            "inception_score": {"title": "inception score", "value": 1.4, "floor": 1.52},
        }
    if row in TRAINABLE:
        cell["budget"] = 3.5e14
        cell["training"] = {
            "images": images,
            "seconds": 1180.0 + 30 * seed,
            "operations": 3.5e14,
            "generator_parameters": 4_612_345 if method == "lgp-gan" else 2_101_456,
            "sees_pairs": sees_pairs,
            "config": {"method": method, "batch": 8},
        }
    return cell


def made_up_cells(seeds: int = 2, *, inception: bool = False) -> list[Cell]:
    """Five rows of two seeds each, and the two baselines."""
    return [
        cell_from_json(made_up_cell(row, seed, inception=inception))
        for row in SUBJECTS
        for seed in range(seeds if row in TRAINABLE else 1)
    ]


def altered(face: NDArray[np.uint8], amount: int) -> NDArray[np.uint8]:
    """The face a little different, so that pictures can be told apart."""
    shifted = np.roll(face.astype(int), amount % 3, axis=1) + 3 * (amount % 7)
    return np.clip(shifted, 0, 255).astype(np.uint8)


def _measure(key: str, value: float, generator: np.random.Generator) -> dict[str, Any]:
    title, unit, better, about, real, reach = MEASURES[key]

    def reading(middle: float, half: float, count: int) -> dict[str, Any]:
        low, high = middle - half, middle + half
        if unit == "share":
            middle, low, high = (float(np.clip(part, 0, 1)) for part in (middle, low, high))
        return {"value": middle, "interval": [low, high], "count": count}

    by = {
        grouping: {
            group: reading(value * (1 + float(generator.normal(0, 0.22))), 2.2 * reach, 240)
            for group in groups
            if not (key.startswith("accuracy") and grouping == "target" and group not in KNOWN)
        }
        for grouping, groups in GROUPS.items()
        if key != "contempt_read"
    }
    return {
        "title": title,
        "unit": unit,
        "better": better,
        "about": about,
        "overall": reading(value, reach, 1680),
        "real": None if real is None else reading(real, reach, 210),
        "by": by,
    }


def _confusion(accuracy: float, generator: np.random.Generator) -> dict[str, Any]:
    def counts(name: str, total: int, right: float) -> list[int]:
        shares = generator.dirichlet(np.full(len(KNOWN), 0.6)) * (1 - right)
        if name in KNOWN:
            shares[KNOWN.index(name)] += right
        found: list[int] = generator.multinomial(total, shares / shares.sum()).tolist()
        return found

    return {
        "classes": KNOWN,
        "outputs": [counts(name, 240, accuracy) for name in CLASSES],
        "real": [counts(name, 30, 0.8) for name in KNOWN],
    }


PLACES = (1, 4, 16)


def made_up_size_table() -> Table:
    """Two rows over columns that stand for :data:`PLACES`; the second has no entry in the first."""
    rows = (
        TableRow(
            "with <b>",
            Kind.METHOD,
            (Entry(0.5, (0.4, 0.7)), Entry(0.75, (0.7, 0.8)), Entry(0.9)),
        ),
        TableRow("without", Kind.METHOD, (None, Entry(0.25, (0.2, 0.3)), Entry(0.3, (0.2, 0.4)))),
    )
    columns = tuple(Column(f"at_{place}", f"{place}", "share", decimals=1) for place in PLACES)
    return Table(columns, rows, "made up", "")
