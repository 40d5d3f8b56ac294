from __future__ import annotations

import shutil
import zlib
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import onnx
import pytest

from lgpgan.backends.graph_format import PACKED
from lgpgan.backends.graphs import (
    find_graph,
    graph_name,
    pack,
    packed_names,
    trace_graph,
)
from lgpgan.backends.loading import load_backend
from lgpgan.errors import InputError, LgpganError
from lgpgan.methods.attgan import AttGan, AttGanConfig
from lgpgan.methods.weights_info import WeightsFile, open_weights
from named_pipes import replace_by_pipe
from small_cascade import write_cascade

pytestmark = pytest.mark.xdist_group("graphs")  # which take long to trace


@pytest.fixture(scope="module")
def file(whole: Path) -> WeightsFile:
    return open_weights(whole, framework="np")


class TestName:
    def test_is_the_same_for_other_values(self, file: WeightsFile, tmp_path: Path) -> None:
        retrained = write_cascade(tmp_path / "b.safetensors", seed=2, local=False)
        other = open_weights(retrained, framework="np")
        assert other.info.images != file.info.images
        assert graph_name(other, "gather") == graph_name(file, "gather")

    def test_is_another_for_anything_that_changes_the_arithmetic(self, file: WeightsFile) -> None:
        info = file.info
        name, *others = (
            graph_name(one, reading)
            for one, reading in (
                (file, "gather"),
                (file, "sample"),
                (replace(file, info=replace(info, method="stargan")), "gather"),
                (replace(file, info=replace(info, config={**info.config, "fade": 3.0})), "gather"),
                (replace(file, tensors={**file.tensors, "more": np.zeros(3)}), "gather"),
            )
        )
        assert name not in others
        assert len(set(others)) == 4


class TestFinding:
    def test_nothing_where_none_was_made(self, file: WeightsFile, empty_cache: Path) -> None:
        assert find_graph(file, "gather") is None

    def test_no_way_of_reading_is_made_up(self, file: WeightsFile) -> None:
        """Regression: a graph of any name was looked for."""
        with pytest.raises(InputError, match="choose one of sample, gather"):
            find_graph(file, "scatter")  # type: ignore[arg-type]

    def test_a_named_pipe_is_not_waited_for(self, file: WeightsFile, empty_cache: Path) -> None:
        """Regression: the command hung where one lay in the cache."""
        replace_by_pipe(empty_cache / "graphs" / graph_name(file, "gather"))
        assert find_graph(file, "gather") is None

    def test_what_is_in_the_cache(self, file: WeightsFile, cached: Path) -> None:
        found = find_graph(file, "gather")
        assert found is not None
        assert found.path == cached / "graphs" / graph_name(file, "gather")
        assert found.content == found.path.read_bytes()


class TestAltered:
    """Regression: a graph in the cache that was altered ran, and edited as somebody else wanted."""

    @pytest.fixture
    def altered(self, graphs: Path, file: WeightsFile, empty_cache: Path) -> Path:
        shutil.copytree(graphs, empty_cache)
        path = empty_cache / "graphs" / graph_name(file, "gather")
        content = bytearray(path.read_bytes())
        place = content.index(b"Clip")  # an operation, which would be computed otherwise
        content[place : place + 4] = b"Sign"
        path.write_bytes(bytes(content))
        return path

    def test_is_not_found(self, altered: Path, file: WeightsFile) -> None:
        assert find_graph(file, "gather") is None

    def test_nor_one_that_was_cut_short_or_has_no_digest(
        self, altered: Path, graphs: Path, file: WeightsFile
    ) -> None:
        whole = (graphs / "graphs" / altered.name).read_bytes()
        altered.write_bytes(whole[:-1])
        assert find_graph(file, "gather") is None
        altered.write_bytes(whole)
        found = find_graph(file, "gather")
        assert found is not None
        assert found.path == altered
        altered.with_name(f"{altered.name}.sha256").unlink()
        assert find_graph(file, "gather") is None

    def test_is_made_anew(self, altered: Path, graphs: Path, file: WeightsFile) -> None:
        assert load_backend(file.path, "auto").name == "torch"
        assert load_backend(file.path, "onnxruntime").name == "onnxruntime"
        assert altered.read_bytes() == (graphs / "graphs" / altered.name).read_bytes()
        assert load_backend(file.path, "auto").name == "onnxruntime"


class TestPacking:
    def test_is_sorted_by_name_in_single_precision_without_counts(self, file: WeightsFile) -> None:
        tensors = {
            "b": np.array([3, 4], np.float16),
            "a": np.array([[1.5]], np.float32),
            "count": np.array(7, np.int64),
        }
        packed = replace(file, tensors=tensors)
        assert packed_names(packed) == ["a", "b"]
        assert np.frombuffer(pack(packed), np.float32).tolist() == [1.5, 3.0, 4.0]

    def test_a_graph_looks_for_every_weight_where_it_is_packed(
        self, file: WeightsFile, cached: Path
    ) -> None:
        found = find_graph(file, "gather")
        assert found is not None
        packed = pack(file)
        graph = onnx.load_model_from_string(found.content).graph
        outside = {t.name: t for t in graph.initializer if t.external_data}
        assert sorted(outside) == packed_names(file)
        for name, tensor in outside.items():
            place = {entry.key: entry.value for entry in tensor.external_data}
            assert place["location"] == PACKED
            start, length = int(place["offset"]), int(place["length"])
            values = np.frombuffer(packed[start : start + length], np.float32)
            np.testing.assert_array_equal(
                values.reshape(tensor.dims), file.tensors[name].astype(np.float32)
            )


def test_a_graph_is_small_and_tells_nothing_of_this_machine(
    file: WeightsFile, cached: Path
) -> None:
    found = find_graph(file, "sample")
    assert found is not None
    written = found.content
    assert len(zlib.compress(written)) < 40_000  # as a wheel holds it
    for word in (str(Path(__file__).parents[2]), "site-packages", "File "):
        assert word.encode() not in written


def test_networks_whose_weights_are_merged_have_no_graph(
    file: WeightsFile, empty_cache: Path
) -> None:
    """AttGAN's batch normalisation is worked into its convolutions while it is traced."""
    shape = AttGanConfig(width=2)
    state = {name: value.numpy() for name, value in AttGan(shape).state_dict().items()}
    info = replace(file.info, method="attgan", config=asdict(shape))
    attgan = WeightsFile(Path("attgan.safetensors"), info, state)
    with pytest.raises(LgpganError, match="use the backend torch"):
        trace_graph(attgan, "gather")
    assert not list(empty_cache.rglob("*.onnx"))
