from __future__ import annotations

import copy
import json
import math
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save_file

import lgpgan
from lgpgan.datasets.batches import PairBatch
from lgpgan.datasets.prepared import template_description
from lgpgan.editing.editor import Editor
from lgpgan.errors import InputError, LgpganError
from lgpgan.expressions.expression import Expression
from lgpgan.methods.lgpgan import FlowLgpGan, FlowLgpGanConfig
from lgpgan.methods.weights import WeightsInfo, load_method, save_weights
from lgpgan.methods.weights_info import open_weights


@pytest.fixture
def info(flow_shape: FlowLgpGanConfig) -> WeightsInfo:
    return WeightsInfo(
        method="lgp-gan",
        config=json.loads(json.dumps(asdict(flow_shape))),
        labels=tuple(map(str, Expression)),
        template=template_description(),
        data_hash="0123abcd",
        images=4800,
        citations=("Someone: Some faces, 2017", "Zoë: More faces"),
    )


@pytest.fixture
def generator(flow_shape: FlowLgpGanConfig) -> FlowLgpGan:
    torch.manual_seed(4)
    return FlowLgpGan(flow_shape)


@pytest.fixture
def file(tmp_path: Path, generator: FlowLgpGan, info: WeightsInfo) -> Path:
    path = tmp_path / "weights.safetensors"
    save_weights(path, generator, info)
    return path


def metadata_of(path: Path) -> dict[str, str]:
    with safe_open(path, framework="pt") as opened:
        metadata: dict[str, str] = opened.metadata()
    return metadata


LEFT_OUT = object()
"""In the place of a value that a file does not say."""


def rewrite(path: Path, **changes: Any) -> None:
    """Change what the file says of itself; None is JSON's null."""
    with safe_open(path, framework="pt") as opened:
        state = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    metadata = metadata_of(path)
    values = {**json.loads(metadata["lgpgan"]), **changes}
    values = {name: value for name, value in values.items() if value is not LEFT_OUT}
    save_file(state, path, {**metadata, "lgpgan": json.dumps(values)})


def test_weights_come_back_within_half_precision(file: Path, generator: FlowLgpGan) -> None:
    loaded = load_method(file).generator
    assert loaded.config == generator.config
    for name, value in generator.state_dict().items():
        back = loaded.state_dict()[name]
        assert back.dtype == torch.float32
        torch.testing.assert_close(back, value, rtol=2**-10, atol=1e-7)


def test_outputs_come_back(file: Path, generator: FlowLgpGan, batch: PairBatch) -> None:
    inputs = (batch.source, batch.label, batch.mouth_top)
    with torch.inference_mode():
        before, after = generator(*inputs).output, load_method(file).generator(*inputs).output
    assert (before - after).abs().max() < 0.01


def test_full_precision_is_exact(tmp_path: Path, generator: FlowLgpGan, info: WeightsInfo) -> None:
    path = tmp_path / "full.safetensors"
    save_weights(path, generator, info, dtype=torch.float32)
    loaded = load_method(path).generator.state_dict()
    for name, value in generator.state_dict().items():
        assert torch.equal(loaded[name], value)


def test_what_is_loaded_is_for_use_not_for_training(file: Path) -> None:
    loaded = load_method(str(file)).generator
    assert not loaded.training
    assert not any(parameter.requires_grad for parameter in loaded.parameters())


def test_the_description_comes_back(file: Path, info: WeightsInfo) -> None:
    assert load_method(file).info == info
    assert info.version == lgpgan.__version__


def test_the_metadata_is_complete_and_plain_json(file: Path, flow_shape: FlowLgpGanConfig) -> None:
    metadata = metadata_of(file)
    assert list(metadata) == ["lgpgan"]
    assert json.loads(metadata["lgpgan"]) == {
        "format": "1",
        "method": "lgp-gan",
        "config": json.loads(json.dumps(asdict(flow_shape))),
        "labels": [
            *("angry", "contemptuous", "disgusted", "fearful"),
            *("happy", "neutral", "sad", "surprised"),
        ],
        "template": {
            "size": 128,
            "eye_distance": 38.0,
            "eye_midpoint": [64.0, 42.0],
            "pixel_centre": 0.5,
        },
        "data_hash": "0123abcd",
        "images": 4800,
        "citations": ["Someone: Some faces, 2017", "Zoë: More faces"],
        "version": lgpgan.__version__,
        "preset": "",
        "options": "",
    }


def test_the_same_weights_give_the_same_bytes(
    file: Path, generator: FlowLgpGan, info: WeightsInfo, tmp_path: Path
) -> None:
    """Entries of the metadata used to change places from one time to the next."""
    again = tmp_path / "again.safetensors"
    for _ in range(8):
        save_weights(again, generator, info)
        assert again.read_bytes() == file.read_bytes()


def test_others_may_read_them_as_any_other_file(file: Path, tmp_path: Path) -> None:
    """safetensors' own ``save_file`` made files that nobody but their owner could read."""
    plain = tmp_path / "plain"
    plain.touch()
    assert file.stat().st_mode == plain.stat().st_mode


def test_weights_that_cannot_be_written_leave_the_old_ones(
    file: Path, generator: FlowLgpGan, info: WeightsInfo, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = file.read_bytes()

    def half(self: Path, data: bytes) -> int:
        with self.open("wb") as opened:
            opened.write(data[:100])
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", half)
    with pytest.raises(LgpganError, match="No space left") as refusal:
        save_weights(file, generator, info)
    assert refusal.value.exit_code == 1
    assert file.read_bytes() == before
    assert list(file.parent.iterdir()) == [file]


def test_missing(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"no weights at .*absent\.safetensors"):
        load_method(tmp_path / "absent.safetensors")
    with pytest.raises(InputError, match="no weights at"):
        load_method(tmp_path)


@pytest.mark.parametrize("share", [0.0, 0.001, 0.01, 0.5, 0.999])
def test_truncated(file: Path, share: float) -> None:
    content = file.read_bytes()
    file.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(InputError, match="damaged"):
        load_method(file)


@pytest.mark.parametrize("content", [b"not weights", b"\x89PNG\r\n\x1a\n" + bytes(500)])
def test_not_a_weights_file(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(InputError, match="not a weights file"):
        load_method(file)


@pytest.mark.parametrize("metadata", [None, {"format": "pt"}, {"format": "1"}, {"lgpgan": "1"}])
def test_somebody_elses_weights(file: Path, metadata: dict[str, str] | None) -> None:
    save_file({"weight": torch.zeros(3)}, file, metadata)
    with pytest.raises(InputError, match="not written by lgpgan"):
        load_method(file)


def test_a_description_that_cannot_be_read(file: Path) -> None:
    save_file({"weight": torch.zeros(3)}, file, {"format": "1", "lgpgan": "{half"})
    with pytest.raises(InputError, match="not written by lgpgan"):
        load_method(file)


@pytest.mark.parametrize(
    "changes",
    [
        {"images": LEFT_OUT},
        {"labels": LEFT_OUT},
        {"format": LEFT_OUT},
        {"format": "2"},
        {"mood": "sunny"},
    ],
)
def test_a_description_with_other_entries(file: Path, changes: dict[str, Any]) -> None:
    rewrite(file, **changes)
    with pytest.raises(InputError, match="not written by lgpgan"):
        load_method(file)


def test_the_first_files_had_their_format_outside_the_description(
    file: Path, info: WeightsInfo
) -> None:
    values = json.loads(metadata_of(file)["lgpgan"])
    assert values.pop("format") == "1"
    with safe_open(file, framework="pt") as opened:
        state = {name: opened.get_tensor(name) for name in opened.keys()}  # noqa: SIM118
    save_file(state, file, {"format": "1", "lgpgan": json.dumps(values)})
    assert load_method(file).info == info


def test_the_first_files_knew_no_cascade_without_local_generators(
    file: Path, flow_shape: FlowLgpGanConfig
) -> None:
    config = {name: value for name, value in asdict(flow_shape).items() if name != "local"}
    rewrite(file, config=config)
    assert load_method(file).generator.config == flow_shape


def test_other_labels(file: Path) -> None:
    rewrite(file, labels=["smiling", "frowning"])
    with pytest.raises(InputError, match="do not fit its own description"):
        load_method(file)


def test_labels_in_another_order(file: Path) -> None:
    rewrite(file, labels=list(reversed(Expression)))
    assert load_method(file).info.labels == tuple(reversed(Expression))
    assert Editor.from_pretrained(file).classes == tuple(reversed(Expression))


def test_another_method(file: Path) -> None:
    rewrite(file, method="cyclegan")
    with pytest.raises(InputError, match="'cyclegan'"):
        load_method(file)


def test_weights_of_another_shape(
    file: Path, generator: FlowLgpGan, info: WeightsInfo, flow_shape: FlowLgpGanConfig
) -> None:
    wider = replace(flow_shape.local_generator, width=8)
    config = asdict(replace(flow_shape, local_generator=wider))
    save_weights(file, generator, replace(info, config=config))
    with pytest.raises(InputError, match="do not fit its own description"):
        load_method(file)


@pytest.mark.parametrize("config", [{}, {"depth": 3}])
def test_a_shape_that_is_none(file: Path, config: dict[str, Any]) -> None:
    rewrite(file, config=config)
    with pytest.raises(InputError, match="do not fit its own description"):
        load_method(file)


def test_a_method_that_is_no_name_is_refused(file: Path) -> None:
    """A list in its place ended in a TypeError: it cannot be looked up."""
    rewrite(file, method=["lgp-gan"])
    with pytest.raises(InputError, match="was not written by lgpgan"):
        load_method(file)


@pytest.mark.parametrize("width", [0, False, 5000, 10**400, float("nan")])
def test_networks_beyond_all_reason_are_refused(
    file: Path, info: WeightsInfo, width: float
) -> None:
    network = {**info.config["global_generator"], "width": width}
    rewrite(file, config={**info.config, "global_generator": network})
    with pytest.raises(InputError, match="do not fit its own description"):
        load_method(file)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("config", None),
        ("config", [1, 2]),
        ("config", {"units": {"a": 1}}),
        ("template", "frontal"),
        ("labels", "happy"),
        ("images", -5),
        ("images", float("nan")),
        ("images", "many"),
        ("data_hash", 7),
    ],
)
@pytest.mark.parametrize("framework", ["np", "pt"])
def test_a_description_with_values_of_another_kind(
    file: Path, name: str, value: object, framework: str
) -> None:
    """Regression: null or a list as the shape ended in an error that nobody foresaw."""
    rewrite(file, **{name: value})
    with pytest.raises(InputError, match="was not written by lgpgan"):
        open_weights(file, framework=framework)


@pytest.mark.parametrize("framework", ["np", "pt"])
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf])
def test_values_that_are_no_numbers(
    file: Path, generator: FlowLgpGan, info: WeightsInfo, framework: str, value: float
) -> None:
    """Regression: photos were edited and networks exported with such weights, and exit code 0."""
    broken = copy.deepcopy(generator)
    next(broken.parameters()).data.view(-1)[3] = value
    save_weights(file, broken, info)
    with pytest.raises(InputError, match=r"is damaged: .* holds values that are not numbers"):
        open_weights(file, framework=framework)


@pytest.mark.parametrize("framework", ["np", "pt"])
def test_values_of_a_kind_that_only_torch_reads(
    file: Path, generator: FlowLgpGan, info: WeightsInfo, framework: str
) -> None:
    """Regression: bfloat16 was a TypeError in one backend, and edited in another."""
    save_weights(file, generator, info, dtype=torch.bfloat16)
    with pytest.raises(InputError, match="as BF16; lgpgan reads F16"):
        open_weights(file, framework=framework)


def test_tensors_beyond_all_reason(file: Path, info: WeightsInfo) -> None:
    tensors = {f"t{number}": torch.zeros(0) for number in range(10_001)}
    save_file(tensors, file, info.to_metadata())
    with pytest.raises(InputError, match="holds 10,001 tensors"):
        open_weights(file, framework="np")
