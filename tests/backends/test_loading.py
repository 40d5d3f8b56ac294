from __future__ import annotations

import hashlib
import os
import sys
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from lgpgan import packages
from lgpgan.backends import loading
from lgpgan.backends.backend import Backend, ChangeArrays, Faces, threads
from lgpgan.backends.export import random_faces
from lgpgan.backends.graph_format import Reading
from lgpgan.backends.graphs import Graph, graph_name
from lgpgan.backends.loading import BackendName, load_backend
from lgpgan.errors import InputError, LgpganError, MissingPartError
from lgpgan.methods.weights_info import WeightsFile, open_weights
from small_cascade import write_cascade

pytestmark = pytest.mark.xdist_group("graphs")  # which take long to trace

WIDTH = 8 + 2
"""Values of a label: the classes, and two action units."""


def arrays(change: ChangeArrays) -> list[NDArray[np.float32]]:
    assert change.shade is not None
    return [change.flow, change.keep, change.colour, *(change.inside or ()), change.shade]


def greatest_difference(one: Backend, other: Backend, faces: Faces) -> float:
    pairs = zip(arrays(one.change(faces)), arrays(other.change(faces)), strict=True)
    return max(float(np.abs(a - b).max()) for a, b in pairs)


class TestAuto:
    def test_is_torch_where_there_is_no_graph(self, whole: Path, empty_cache: Path) -> None:
        assert load_backend(whole).name == "torch"
        assert not empty_cache.exists()  # nothing is made unasked

    def test_is_onnxruntime_where_there_is_one(self, whole: Path, cached: Path) -> None:
        assert load_backend(whole).name == "onnxruntime"

    def test_is_torch_where_onnxruntime_is_not_installed(
        self, whole: Path, cached: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(packages, "find_spec", lambda name: name != "onnxruntime" or None)
        assert load_backend(whole).name == "torch"


class TestAgreement:
    @pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
    @pytest.mark.parametrize("count", [1, 3])
    def test_every_backend_makes_what_torch_makes(
        self, name: BackendName, count: int, whole: Path, cached: Path
    ) -> None:
        torch, other = load_backend(whole, "torch"), load_backend(whole, name)
        faces = random_faces(count, WIDTH, seed=count)
        change = other.change(faces)
        assert change.inside is None
        shapes = [(count, channels, 128, 128) for channels in (2, 1, 3, 1)]
        assert [part.shape for part in arrays(change)] == shapes
        assert all(part.dtype == np.float32 for part in arrays(change))
        assert greatest_difference(torch, other, faces) < 1e-4

    def test_regions_are_cut_where_each_face_has_its_mouth(
        self, cascade: Path, cached: Path
    ) -> None:
        faces = random_faces(3, WIDTH)
        assert len(set(faces.mouth_top.tolist())) == 3
        torch, other = load_backend(cascade, "torch"), load_backend(cascade, "onnxruntime")
        assert greatest_difference(torch, other, faces) < 1e-4
        assert other.change(faces).inside is not None
        moved = faces._replace(mouth_top=faces.mouth_top[::-1].copy())
        assert (other.change(moved).flow != other.change(faces).flow).any()

    def test_one_label_is_two_equal_ones(self, cascade: Path, cached: Path) -> None:
        faces = random_faces(2, WIDTH)
        same = faces._replace(eyes=faces.mouth)
        torch, other = load_backend(cascade, "torch"), load_backend(cascade, "onnxruntime")
        assert greatest_difference(torch, other, same) < 1e-4
        assert (other.change(faces).flow != other.change(same).flow).any()

    @pytest.mark.skipif(
        "ONEDNN_MAX_CPU_ISA" in os.environ,
        reason="OpenVINO asks the processor for bfloat16, not oneDNN, which is limited here",
    )
    def test_bfloat16_is_near_and_says_so(self, whole: Path, cached: Path) -> None:
        torch, half = load_backend(whole, "torch"), load_backend(whole, "openvino-bf16")
        assert half.name == "openvino-bf16"
        faces = random_faces(1, WIDTH)
        assert np.abs(torch.change(faces).colour - half.change(faces).colour).mean() < 0.02

    def test_a_graph_serves_other_weights_of_the_same_networks(
        self, whole: Path, cached: Path, tmp_path: Path
    ) -> None:
        retrained = write_cascade(tmp_path / "weights.safetensors", seed=2, local=False)
        first, second = load_backend(whole, "onnxruntime"), load_backend(retrained, "onnxruntime")
        faces = random_faces(1, WIDTH)
        assert greatest_difference(load_backend(retrained, "torch"), second, faces) < 1e-4
        assert greatest_difference(first, second, faces) > 1e-2

    @pytest.mark.parametrize("name", ["torch", "onnxruntime", "openvino"])
    def test_the_same_faces_give_the_same_bytes(
        self, name: BackendName, whole: Path, cached: Path
    ) -> None:
        faces = random_faces(2, WIDTH)
        first, second = (load_backend(whole, name).change(faces) for _ in range(2))
        assert [part.tobytes() for part in arrays(first)] == [
            part.tobytes() for part in arrays(second)
        ]


class TestCacheThatCannotBeWritten:
    """Regression: an edit with one's own weights failed where the graph could not be kept."""

    def test_the_graph_is_used_all_the_same_and_a_note_says_so(
        self, whole: Path, whole_graph: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        cache = tmp_path / "cache"
        cache.write_text("a file where a folder is needed")
        monkeypatch.setenv("LGPGAN_CACHE", str(cache))

        def trace_again(file: WeightsFile, reading: Reading) -> Graph:
            """Without taking the time."""
            name = graph_name(file, reading)
            return Graph(cache / "graphs" / name, (whole_graph / "graphs" / name).read_bytes())

        monkeypatch.setattr(loading, "trace_graph", trace_again)
        backend = load_backend(whole, "onnxruntime")
        (note,) = backend.notes
        assert str(cache) in note
        assert "cannot be written" in note
        assert "LGPGAN_CACHE" in note
        faces = random_faces(1, WIDTH)
        assert greatest_difference(load_backend(whole, "torch"), backend, faces) < 1e-4

    def test_nothing_is_said_where_it_was_kept(self, whole: Path, cached: Path) -> None:
        assert load_backend(whole, "onnxruntime").notes == ()
        assert load_backend(whole, "torch").notes == ()


class TestRefusals:
    @pytest.mark.parametrize("name", ["onnxruntime", "openvino"])
    def test_another_device_than_the_cpu(self, name: BackendName, whole: Path) -> None:
        with pytest.raises(InputError, match=f"{name} runs on the CPU"):
            load_backend(whole, name, device="cuda")

    @pytest.mark.parametrize(
        ("name", "command"),
        [
            ("torch", r"pip install 'lgpgan\[torch\]'"),
            ("onnxruntime", "pip install onnxruntime"),
            ("openvino", r"pip install 'lgpgan\[openvino\]'"),
        ],
    )
    def test_a_backend_that_is_not_installed(
        self, name: BackendName, command: str, whole: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(packages, "find_spec", lambda name: None)
        with pytest.raises(MissingPartError, match=command):
            load_backend(whole, name)

    def test_weights_without_a_graph_name_what_they_need(
        self, whole: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        """Regression: without torch, making a graph ended in an ImportError."""
        monkeypatch.setenv("LGPGAN_CACHE", str(tmp_path))
        for name in [name for name in sys.modules if name.startswith("lgpgan.backends.tracing")]:
            monkeypatch.delitem(sys.modules, name)
        monkeypatch.setitem(sys.modules, "torch", None)
        with pytest.raises(MissingPartError, match=r"needs torch.* 'lgpgan\[torch\]'"):
            load_backend(whole)
        with pytest.raises(MissingPartError, match=r"needs .*'lgpgan\[export\]'"):
            load_backend(whole, "onnxruntime")

    @pytest.mark.parametrize("name", ["auto", "torch", "onnxruntime", "openvino"])
    def test_weights_that_are_not_there(self, name: BackendName, tmp_path: Path) -> None:
        with pytest.raises(InputError, match="there are no weights at"):
            load_backend(tmp_path / "nothing.safetensors", name)

    @pytest.mark.parametrize(
        ("name", "reading"), [("onnxruntime", "gather"), ("openvino", "sample")]
    )
    def test_what_the_backend_cannot_read_is_named(
        self, name: BackendName, reading: Reading, whole: Path, empty_cache: Path
    ) -> None:
        file = open_weights(whole, framework="np")
        damaged = empty_cache / "graphs" / graph_name(file, reading)
        damaged.parent.mkdir(parents=True)
        damaged.write_bytes(b"not a graph")
        digest = hashlib.sha256(b"not a graph").hexdigest()
        damaged.with_name(f"{damaged.name}.sha256").write_text(digest)
        with pytest.raises(LgpganError, match="delete this file"):
            load_backend(whole, name)


def test_threads_beyond_all_reason_are_not_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Regression: ONNX Runtime refused the number with an error that nobody foresaw."""
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    assert threads() == 3
    for wanted in ("9" * 14, "9" * 5000, "0", "-2", "²", "many"):
        monkeypatch.setenv("OMP_NUM_THREADS", wanted)
        assert 1 <= threads() <= 4096
