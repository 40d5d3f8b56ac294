"""The mapping from the mesh: whole, and true to how meshes move."""

from __future__ import annotations

import numpy as np

from lgpgan.faces.detectors.mesh_mapping import MAPPING, landmarks_of_mesh


def test_every_landmark_is_a_weighted_mean_of_points() -> None:
    assert len(MAPPING) == 68
    for number, terms in enumerate(MAPPING):
        assert all(0 <= index < 468 for index, _ in terms)
        assert abs(sum(weight for _, weight in terms) - 1) < 1e-9
        if number >= 17:
            assert all(0 < weight <= 1 for _, weight in terms)


def test_landmarks_move_with_the_mesh() -> None:
    points = np.random.default_rng(0).normal(size=(468, 2))
    turned = points @ [[0, 2], [-2, 0]] + (5, -3)
    wanted = landmarks_of_mesh(points) @ [[0, 2], [-2, 0]] + (5, -3)
    np.testing.assert_allclose(landmarks_of_mesh(turned), wanted, atol=1e-12)
