"""The state of a run: networks, moving average and optimisers, in memory and as a checkpoint."""

from __future__ import annotations

import copy
import math
import zipfile
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from pydantic import TypeAdapter

import lgpgan
from lgpgan.errors import InputError, LgpganError
from lgpgan.files import regular_file, replacing
from lgpgan.methods.face_generator import FaceGenerator
from lgpgan.methods.registry import METHODS
from lgpgan.methods.warm_start import warm_start
from lgpgan.methods.weights import LoadedMethod, check_fits, shape_from
from lgpgan.networks.memory_format import place_network
from lgpgan.training.config import TrainingConfig
from lgpgan.training.presets import PRESETS
from lgpgan.training.statistics import RunningMeans

__all__ = ["TrainingState", "begin_with", "begun_config"]

CHECKPOINT_FORMAT = 3


def begin_with(
    generators: FaceGenerator[Any], name: str, method: LoadedMethod, classes: Sequence[str]
) -> None:
    """Give a run's generators the weights of a trained method.

    Args:
        generators: those of the run; changed in place.
        name: the method of the run.
        method: the same, of the same shape but for its number of classes.
        classes: of the run, in the order of its labels.

    Raises:
        InputError: when the networks are another method's, or of another shape.
    """
    theirs = method.info.method
    if theirs != name:
        raise InputError(
            f"the weights to begin with are of {theirs}, and this run is of {name}; name "
            f"--method {theirs}, or leave out --warm-start."
        )
    try:
        warm_start(generators, method.generator, classes, method.info.labels)
    except RuntimeError as error:
        raise InputError(
            "the weights to begin with are of networks of another shape; name the same "
            "--networks (and --without), or leave out --warm-start."
        ) from error


class TrainingState:
    """Everything that a run changes as it goes.

    All draws of a run are keyed by its seed and the images seen, so no random generator's state is
    kept.

    Args:
        config: the options of the run.
        shape: shape of the method's networks.
        data_hash: content hash of the prepared set.
        device: where to train.

    Attributes:
        moving_average: the generators with the exponential moving average of their weights.
        images: images seen so far.
        seconds: seconds that the steps took so far.
        best_ratio: the least error of a validation, divided by that of doing nothing; None before
            the first one that measures it.
    """

    def __init__(
        self,
        config: TrainingConfig,
        shape: Any,
        data_hash: str,
        device: torch.device,
    ) -> None:
        torch.manual_seed(config.seed)
        self.config = config
        self.shape = shape
        self.data_hash = data_hash
        self.device = device
        self.dtype = torch.float64 if config.precision == "fp64" else torch.float32
        method = METHODS[config.method]
        self.generators = method.generators(shape)
        self.discriminators = method.discriminators(shape)
        for networks in (self.generators, self.discriminators):
            place_network(networks, device, self.dtype)
        self.moving_average = copy.deepcopy(self.generators).requires_grad_(False).eval()
        self.generator_optimiser = torch.optim.Adam(
            self.generators.parameters(), config.generator_rate, config.betas
        )
        self.discriminator_optimiser = torch.optim.Adam(
            self.discriminators.parameters(), config.discriminator_rate, config.betas
        )
        self.means = RunningMeans()
        self.images = 0
        self.seconds = 0.0
        self.best_ratio: float | None = None

    def warm_start(self, method: LoadedMethod, classes: Sequence[str]) -> None:
        """Begin with the weights of a trained method.

        The networks see a label as planes of a convolution's input: those of classes that the
        method knew are taken over, those of others stay as they were drawn.

        Args:
            method: the same, of the same shape but for its number of classes.
            classes: of this run, in the order of its labels.

        Raises:
            InputError: when the networks are another method's, or of another shape.
        """
        begin_with(self.generators, self.config.method, method, classes)
        self.moving_average.load_state_dict(self.generators.state_dict())

    def set_rates(self) -> None:
        """Set the learning rates of both optimisers from the images seen so far."""
        factor = self.config.rate(self.images)
        for optimiser, rate in (
            (self.generator_optimiser, self.config.generator_rate),
            (self.discriminator_optimiser, self.config.discriminator_rate),
        ):
            for group in optimiser.param_groups:
                group["lr"] = rate * factor

    @torch.no_grad()
    def update_moving_average(self) -> None:
        """Move the moving average towards the generators' weights by one step."""
        share = 1 - self.config.moving_average_decay(self.images)
        torch._foreach_lerp_(
            list(self.moving_average.parameters()), list(self.generators.parameters()), share
        )
        for kept, now in zip(self.moving_average.buffers(), self.generators.buffers(), strict=True):
            kept.copy_(now)  # running statistics of batch normalisation are averages already

    @property
    def generator_updates(self) -> int:
        """Updates of the generators so far."""
        return self.images // self.config.batch // self.config.discriminator_updates

    def is_finite(self) -> bool:
        """Whether every weight is a number, so that it makes sense to keep them."""
        weights = [*self.generators.parameters(), *self.discriminators.parameters()]
        return all(bool(torch.isfinite(weight).all()) for weight in weights)

    def _parts(self) -> dict[str, Any]:
        return {
            "generators": self.generators,
            "discriminators": self.discriminators,
            "average": self.moving_average,
            "generator_optimiser": self.generator_optimiser,
            "discriminator_optimiser": self.discriminator_optimiser,
        }

    def save(self, path: Path) -> None:
        """Write a checkpoint: beside the old one first, then in its place.

        Raises:
            LgpganError: when it cannot be written; the old one is untouched.
        """
        checkpoint = {
            "format": CHECKPOINT_FORMAT,
            "version": lgpgan.__version__,
            "method": self.config.method,
            "preset": self.config.preset,
            "config": TypeAdapter(type(self.config)).dump_python(self.config, mode="json"),
            "shape": asdict(self.shape),
            "data_hash": self.data_hash,
            "images": self.images,
            "seconds": self.seconds,
            "best_ratio": self.best_ratio,
            "means": self.means.state_dict(),
            **{name: part.state_dict() for name, part in self._parts().items()},
        }
        try:
            # Given a path, torch says of a full disk "unexpected pos 704 vs 598".
            with replacing(path) as unfinished, unfinished.open("wb") as file:
                torch.save(checkpoint, file)
        except (OSError, RuntimeError) as error:
            raise LgpganError(
                f"the checkpoint {path} could not be written ({error}); the one before it, if any, "
                "is untouched. Once that is mended, the run goes on from it with --resume."
            ) from error

    @classmethod
    def load(cls, path: Path, data_hash: str, device: torch.device) -> TrainingState:
        """Go on from a checkpoint.

        Raises:
            InputError: when it is missing, damaged, not lgpgan's, or of another set.
        """
        checkpoint = _checked(path, data_hash)
        try:
            preset = PRESETS[checkpoint["method"]][checkpoint["preset"]]
            config = _config(preset, checkpoint["config"])
            method = METHODS[config.method]
            shape = shape_from(method, checkpoint["shape"])
            check_fits(method.generators, shape, checkpoint["generators"])
            check_fits(method.discriminators, shape, checkpoint["discriminators"])
            state = cls(config, shape, data_hash, device)
            for name, part in state._parts().items():
                part.load_state_dict(checkpoint[name])
            state.images, state.seconds = _done(checkpoint, config)
            state.best_ratio = checkpoint.get("best_ratio")  # older ones kept the last weights
            if state.best_ratio is not None and not float(state.best_ratio) >= 0:
                raise ValueError("the least error is below nothing, or no number")
            state.means.load_state_dict(checkpoint["means"])
        except (LookupError, TypeError, ValueError, RuntimeError, AttributeError) as error:
            raise InputError(_foreign(path)) from error
        return state


def begun_config(path: Path, data_hash: str, *, whole: bool = False) -> TrainingConfig:
    """The options that a run was begun with, from its checkpoint.

    Args:
        path: the checkpoint.
        data_hash: content hash of the set.
        whole: refuse a run that is not at its end.

    Raises:
        InputError: when it is missing, damaged, not lgpgan's, of another set, or, where asked for,
            not at its end.
    """
    checkpoint = _checked(path, data_hash)
    try:
        preset = PRESETS[checkpoint["method"]][checkpoint["preset"]]
        config = _config(preset, checkpoint["config"])
        images, _ = _done(checkpoint, config)
    except (LookupError, TypeError, ValueError) as error:
        raise InputError(_foreign(path)) from error
    if whole and images < config.images:
        raise InputError(
            f"{path.parent} holds a run that has seen {images:,} of its {config.images:,} images; "
            "let 'lgpgan train' finish it with --resume first."
        )
    return config


def _foreign(path: Path) -> str:
    return f"{path} is not a checkpoint of this version of lgpgan; begin a new run elsewhere."


def _checked(path: Path, data_hash: str) -> dict[str, Any]:
    """What lies in a checkpoint of a set.

    Raises:
        InputError: when it is missing, damaged, not lgpgan's, or of another set.
    """
    checkpoint = _read(path)
    if not isinstance(checkpoint, dict) or checkpoint.get("format") != CHECKPOINT_FORMAT:
        raise InputError(_foreign(path))
    if checkpoint.get("data_hash") != data_hash:
        raise InputError(
            f"{path} was trained on another set, or the set has changed since; name that set, "
            "or begin a new run elsewhere."
        )
    return checkpoint


def _done(checkpoint: Mapping[str, Any], config: TrainingConfig) -> tuple[int, float]:
    """How many images a run has seen, and in how many seconds.

    Raises:
        TypeError, ValueError: when that cannot be.
    """
    images, seconds = checkpoint["images"], checkpoint["seconds"]
    if not isinstance(images, int) or isinstance(images, bool):
        raise TypeError("the number of images is no whole number")
    if not 0 <= images < config.images + config.batch:  # the last step may end beyond the length
        raise ValueError("the number of images is not one that the run can have seen")
    if not 0 <= float(seconds) < math.inf:  # nor where it is no number
        raise ValueError("the time is below nothing")
    return images, float(seconds)


def _config(preset: TrainingConfig, stored: Any) -> TrainingConfig:
    """The options in a checkpoint; those that it lacks, as it is older, are as if there were none.

    The defaults of options that came later are what was done before. Those of a preset need not be.
    """
    kind: Any = type(preset)
    adapter, before = TypeAdapter(kind), kind(preset=preset.preset)
    values = {**adapter.dump_python(before, mode="json"), **stored}
    read: TrainingConfig = adapter.validate_python(values)
    return read


def _read(path: Path) -> object:
    """What lies in a checkpoint, if it is whole."""
    try:
        with zipfile.ZipFile(regular_file(path)) as archive:
            if any(part.compress_type != zipfile.ZIP_STORED for part in archive.infolist()):
                raise zipfile.BadZipFile(
                    "compressed, which torch's are not"
                )  # may grow to anything
            broken = archive.testzip()  # torch itself does not look at the checksums
            if broken:
                raise zipfile.BadZipFile(broken)
        # Into main memory: Adam keeps its step counts there, also where it trains on a GPU.
        return torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError:
        raise InputError(f"there is no checkpoint at {path}; leave out --resume.") from None
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}).") from error
    except InputError:
        raise
    except Exception as error:  # whatever the bytes lead torch's unpickler to
        raise InputError(
            f"{path} is not a checkpoint, or is damaged; restore it, or begin a new run elsewhere."
        ) from error
