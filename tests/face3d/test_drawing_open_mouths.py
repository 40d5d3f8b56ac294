"""Drawing the picture of an open mouth, and where its points lie."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from lgpgan.face3d.correspondence import correspond
from lgpgan.face3d.face_model import FaceModel, load_face_model
from lgpgan.face3d.open_mouth import IN_PICTURE, draw_open_mouth, open_mouth_places
from lgpgan.face3d.rasteriser import rasterise
from lgpgan.face3d.scene import Kind
from lgpgan.faces import open_mouth as shipped
from sitting import Sitting


def test_teeth_and_gums_fit_into_it(small_head: FaceModel) -> None:
    drawn = small_head.mouth_interior[np.isin(small_head.mouth_interior_parts, IN_PICTURE)]
    places = open_mouth_places(small_head)[np.unique(drawn)]
    assert (places > 0).all()
    assert (places < [64, 48]).all()
    np.testing.assert_allclose((places.min(axis=0) + places.max(axis=0)) / 2, [32, 24], atol=1e-3)


def test_points_are_drawn_at_their_places(small_head: FaceModel) -> None:
    """Teeth are the brightest thing in the picture."""
    picture = draw_open_mouth(small_head)
    teeth = small_head.mouth_interior[small_head.mouth_interior_parts == Kind.TEETH]
    x, y = (open_mouth_places(small_head)[teeth].mean(axis=1) * shipped.DETAIL).astype(int).T
    assert np.median(picture[y, x].mean(axis=1)) > 2 * picture[0, 0].mean()


def test_a_render_knows_where_its_teeth_lie_in_the_picture(sitting: Sitting) -> None:
    """Against places interpolated by the rasteriser."""
    scene = sitting.scene
    placement = sitting.place({"jawOpen": 0.6})
    places, shown = correspond(scene, [sitting.place(), placement]).places_inside(1)
    raster = rasterise(placement.vertices, scene.triangles, 128, 128)
    kind = np.where(raster.covered, scene.kinds[raster.triangle], -1)
    np.testing.assert_array_equal(shown > 0, np.isin(kind, IN_PICTURE))
    assert shown.sum() > 20
    all_places = np.zeros((len(placement.vertices), 2), np.float32)
    all_places[: len(scene.model.neutral)] = open_mouth_places(scene.model)
    exact = raster.interpolate(scene.triangles, all_places)
    np.testing.assert_allclose(places[shown > 0], exact[shown > 0], atol=0.15)
    assert not places[shown == 0].any()


def test_the_shipped_picture_is_this_drawing(shared: Path) -> None:
    model = load_face_model(shared / "facekit" / "ict_facekit.npz")
    path = Path(shipped.__file__).with_name(shipped.OPEN_MOUTH)
    drawn = draw_open_mouth(model).astype(int)
    assert np.abs(drawn - np.asarray(Image.open(path).convert("RGB"))).max() <= 1


@pytest.mark.parametrize("part", [Kind.SKIN, Kind.SOCKET, Kind.EYE])
def test_only_teeth_and_gums_are_in_it(part: Kind) -> None:
    assert part not in IN_PICTURE
