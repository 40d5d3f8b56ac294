"""Reading the 3-D face in both of its published forms, and what it answers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from lgpgan.errors import InputError, MissingPartError
from lgpgan.expressions.action_units import BLENDSHAPE_ACTION_UNITS
from lgpgan.expressions.expression import RECIPES
from lgpgan.face3d import face_model
from lgpgan.face3d.face_model import (
    FaceModel,
    Part,
    boundary_loops,
    find_face_model,
    load_face_model,
    read_obj,
)
from small_head import published, write_folder


def assert_same_head(read: FaceModel, head: FaceModel, names: list[str], modes: int) -> None:
    """The same head, but for the order of its vertices: the published numbers'."""
    number, _ = published(head)
    order = np.argsort(number)
    place = np.argsort(order)  # of a vertex of the head in what was read
    close = {"atol": 4e-6}  # the last place of what is written
    np.testing.assert_allclose(read.neutral, head.neutral[order], **close)
    corners = read.triangles
    whole = (corners[:, 0] != corners[:, 1]) | (corners[:, 0] != corners[:, 2])
    np.testing.assert_array_equal(corners[whole], place[head.triangles])
    np.testing.assert_array_equal(read.parts[whole], head.parts)
    np.testing.assert_array_equal(read.landmarks, place[head.landmarks])
    for loop, wanted in zip(read.lid_loops, head.lid_loops, strict=True):
        first = loop.tolist().index(place[wanted[0]])
        turned = np.roll(loop, -first)
        turned = turned if turned[1] == place[wanted[1]] else np.roll(turned[::-1], 1)
        np.testing.assert_array_equal(turned, place[wanted])
    assert list(read.blendshapes) == names
    for name in names:
        np.testing.assert_allclose(read.blendshapes[name], head.blendshapes[name][order], **close)
    assert len(read.identity) == modes
    np.testing.assert_allclose(read.identity, head.identity[:modes, order], **close)


def test_the_compact_file_gives_the_head(small_head: FaceModel, small_head_file: Path) -> None:
    read = load_face_model(small_head_file)
    assert len(read.neutral) == len(small_head.neutral)  # unused vertices are left out
    assert_same_head(read, small_head, list(small_head.blendshapes), len(small_head.identity))


def test_the_folder_of_obj_files_gives_the_head(small_head: FaceModel, tmp_path: Path) -> None:
    names = list(small_head.blendshapes)
    folder = write_folder(tmp_path / "FaceXModel", small_head, names, 2)
    assert_same_head(load_face_model(folder), small_head, names, 2)
    assert_same_head(load_face_model(tmp_path), small_head, names, 2)  # the repository's folder


def test_a_face_that_is_not_complete_is_refused_at_once(
    small_head: FaceModel, tmp_path: Path
) -> None:
    """Regression: it was taken, and every photo failed by itself for what was missing."""
    names = [name for name in small_head.blendshapes if name != "noseSneer_R"]
    folder = write_folder(tmp_path / "one", small_head, names, 2)
    with pytest.raises(InputError, match=r"lacks the blendshape noseSneer; get .*ICT-FaceKit"):
        load_face_model(folder)
    folder = write_folder(tmp_path / "most", small_head, ["jawOpen"], 2)
    with pytest.raises(InputError, match=r"browDown, browInnerUp, browOuterUp and \d+ more;"):
        load_face_model(folder)


def test_what_triangles_belong_to(small_head: FaceModel) -> None:
    assert {Part(part) for part in small_head.parts} == set(Part)
    assert len(small_head.skin) == (small_head.parts == Part.SKIN).sum()
    inside = small_head.mouth_interior
    assert len(small_head.skin) + len(inside) == len(small_head.triangles)
    np.testing.assert_array_equal(
        small_head.triangles[small_head.parts == Part.TEETH],
        inside[small_head.mouth_interior_parts == Part.TEETH],
    )


def test_offsets_add_up_and_a_bare_name_moves_both_sides(small_head: FaceModel) -> None:
    shapes = small_head.blendshapes
    both = small_head.offsets({"mouthSmile": 0.5, "jawOpen": 2.0})
    wanted = 0.5 * (shapes["mouthSmile_L"] + shapes["mouthSmile_R"]) + 2 * shapes["jawOpen"]
    np.testing.assert_allclose(both, wanted, atol=1e-6)
    one = small_head.offsets({"mouthSmile_L": 1.0})
    np.testing.assert_array_equal(one, shapes["mouthSmile_L"])
    assert not small_head.offsets({}).any()
    assert small_head.sides("mouthSmile") == ("mouthSmile_L", "mouthSmile_R")
    assert small_head.sides("mouthSmile_R") == ("mouthSmile_R",)
    assert small_head.sides("jawOpen") == ("jawOpen",)


def test_a_fingerprint_is_of_all_that_is_drawn(
    small_head: FaceModel, small_head_file: Path
) -> None:
    known = load_face_model(small_head_file)
    assert load_face_model(small_head_file).fingerprint == known.fingerprint
    opened = {**known.blendshapes, "jawOpen": known.blendshapes["jawOpen"] * np.float32(1.01)}
    assert replace(known, blendshapes=opened).fingerprint != known.fingerprint
    renamed = {name.lower(): offset for name, offset in known.blendshapes.items()}
    assert replace(known, blendshapes=renamed).fingerprint != known.fingerprint


def test_a_missing_blendshape_is_named(small_head: FaceModel) -> None:
    with pytest.raises(InputError, match=r"no blendshape 'earWiggle'.*ICT-FaceKit"):
        small_head.offsets({"earWiggle": 1.0})


def test_the_recipes_find_their_blendshapes(small_head: FaceModel) -> None:
    for recipe in RECIPES.values():
        small_head.offsets(recipe)


def test_loops_are_closed_chains_in_order() -> None:
    """A sheet of 6 × 6 points with one square cut out has a rim of 20 and a hole of 4."""
    grid = np.arange(36).reshape(6, 6)
    a, b, c, d = (grid[:-1, :-1], grid[:-1, 1:], grid[1:, 1:], grid[1:, :-1])
    quads = np.stack([a, b, c, d], axis=-1).reshape(-1, 4)
    quads = np.delete(quads, 2 * 5 + 2, axis=0)
    triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]]).astype(np.int32)
    hole, rim = sorted(boundary_loops(triangles), key=len)
    assert set(hole.tolist()) == {14, 15, 20, 21}
    assert len(rim) == 20
    for loop in (hole, rim):
        steps = {abs(int(x) - int(y)) for x, y in zip(loop, np.roll(loop, 1), strict=True)}
        assert steps == {1, 6}


def test_a_closed_mesh_has_no_loops() -> None:
    tetrahedron = np.array([[0, 1, 2], [0, 1, 3], [0, 2, 3], [1, 2, 3]], np.int32)
    assert boundary_loops(tetrahedron) == []


def test_obj_polygons_are_fanned_and_numbered(tmp_path: Path) -> None:
    file = tmp_path / "mesh.obj"
    file.write_text(
        "# comment\nv 0 0 0\nv 1 0 0.5\nvn 0 0 1\nv 1 1 0\nv 0 1 0\nv -1 .5 0\n"
        "vt 0 0\nf 1/1/1 2/1/1 3/1/1 4/1/1\nf 1 4 5\n"
    )
    vertices, triangles, polygon = read_obj(file)
    np.testing.assert_array_equal(vertices[:2], [[0, 0, 0], [1, 0, 0.5]])
    np.testing.assert_array_equal(triangles, [[0, 1, 2], [0, 2, 3], [0, 3, 4]])
    np.testing.assert_array_equal(polygon, [0, 0, 1])


def test_where_the_face_is_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LGPGAN_FACE_MODEL", raising=False)
    monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path / "cache"))
    with pytest.raises(MissingPartError, match=r"github\.com/ICT-VGL/ICT-FaceKit .*--face-model"):
        find_face_model()
    folder = tmp_path / "cache" / "FaceXModel"
    folder.mkdir(parents=True)
    assert find_face_model() == folder
    compact = tmp_path / "cache" / "ict_facekit.npz"
    compact.write_bytes(b"")
    assert find_face_model() == compact
    monkeypatch.setenv("LGPGAN_FACE_MODEL", str(tmp_path))
    assert find_face_model() == tmp_path
    assert find_face_model(compact) == compact


def test_a_named_face_must_be_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(MissingPartError, match=r"no 3-D face at .*nowhere.*ICT-FaceKit"):
        find_face_model(tmp_path / "nowhere")
    monkeypatch.setenv("LGPGAN_FACE_MODEL", str(tmp_path / "elsewhere"))
    with pytest.raises(MissingPartError, match=r"no 3-D face at .*elsewhere"):
        find_face_model()


def test_other_files_are_refused(tmp_path: Path, small_head_file: Path) -> None:
    for name, content in (("text.npz", b"hello"), ("cut.npz", small_head_file.read_bytes()[:9999])):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(InputError, match=f"{name} is not a 3-D face that lgpgan can read"):
            load_face_model(tmp_path / name)
    np.savez(tmp_path / "other.npz", neutral=np.zeros((3, 3)))
    with pytest.raises(InputError, match="not a 3-D face that lgpgan can read"):
        load_face_model(tmp_path / "other.npz")
    np.save(tmp_path / "array.npy", np.zeros(3))
    with pytest.raises(InputError, match="not a 3-D face that lgpgan can read"):
        load_face_model(tmp_path / "array.npy")


def test_other_folders_are_refused(tmp_path: Path, small_head: FaceModel) -> None:
    """An incomplete or damaged folder ended in a traceback."""
    with pytest.raises(InputError, match=r"holds no generic_neutral_mesh\.obj"):
        load_face_model(tmp_path)
    folder = write_folder(tmp_path / "FaceXModel", small_head, ["jawOpen"], 0)
    (folder / "jawOpen.obj").write_text("v 0 zero 0\n")
    with pytest.raises(InputError, match="not a 3-D face that lgpgan can read"):
        load_face_model(folder)
    (folder / "vertex_indices.json").unlink()
    with pytest.raises(InputError, match="not a 3-D face that lgpgan can read"):
        load_face_model(folder)


def test_the_published_files_give_the_same_face(shared: Path) -> None:
    """Four of the published OBJ files against the compact file of the whole model."""
    folder = face_model._read(shared / "facekit" / "FaceXModel")
    compact = load_face_model(shared / "facekit" / "ict_facekit.npz")
    assert set(folder.blendshapes) == {"jawOpen", "mouthSmile_L"}
    assert len(folder.identity) == 1
    assert len(compact.identity) == 100
    np.testing.assert_allclose(folder.neutral, compact.neutral, atol=1e-4)
    np.testing.assert_array_equal(folder.triangles, compact.triangles)
    np.testing.assert_array_equal(folder.parts, compact.parts)
    np.testing.assert_array_equal(folder.landmarks, compact.landmarks)
    for name, offset in folder.blendshapes.items():
        np.testing.assert_allclose(offset, compact.blendshapes[name], atol=2e-3)
    np.testing.assert_allclose(folder.identity[0], compact.identity[0], atol=2e-3)
    assert set(BLENDSHAPE_ACTION_UNITS) <= {
        name.removesuffix("_L").removesuffix("_R") for name in compact.blendshapes
    }
    for side, loop in enumerate(compact.lid_loops):
        eye = compact.neutral[compact.landmarks[36 + 6 * side : 42 + 6 * side]]
        rim = compact.neutral[loop]
        nearest = np.linalg.norm(eye[:, None] - rim[None], axis=-1).min(axis=1)
        assert nearest.max() < 0.4
        assert np.linalg.norm(rim - np.roll(rim, 1, axis=0), axis=1).max() < 0.5
    teeth = compact.neutral[compact.triangles[compact.parts == Part.TEETH].ravel()]
    lips = compact.neutral[compact.landmarks[60:68]]
    assert teeth[:, 2].max() < lips[:, 2].max()
    assert np.abs(teeth.mean(axis=0)[:2] - lips.mean(axis=0)[:2]).max() < 1
