"""What a training step costs, beside what its arithmetic must cost on this machine.

    python benchmarks/training.py [--batch 4] [--faces 256]

Machines differ, and the same machine from hour to hour: every time stands beside the rate of a
plain matrix product measured in the same run. Faces are random pixels; the set is made on the fly.

- the step of the paper's global generator and discriminator alone (StarGAN's size: 8.4 and 44.8
  million parameters) against the arithmetic bound, its operations divided by the measured rate;
- the share of that step that is not convolutions or their slopes;
- the input pipeline: drawing a batch, as a share of the narrow step;
- a batch at 1, 2, 4 and 8 times the data.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import torch
from torch.profiler import ProfilerActivity, profile

from lgpgan.datasets.labelled import LabelledFaces
from lgpgan.datasets.prepared import PreparedSet, write_prepared_set
from lgpgan.datasets.records import Record
from lgpgan.expressions.expression import Expression
from lgpgan.methods.lgpgan.shapes import flow_networks
from lgpgan.networks.discriminator import Discriminator, DiscriminatorConfig
from lgpgan.networks.generator import Generator, GeneratorConfig
from lgpgan.training.arithmetic import Operations, matrix_product_rate
from lgpgan.training.loop import Trainer
from lgpgan.training.presets import find_preset
from lgpgan.training.state import TrainingState

CONVOLUTIONS = ("convolution", "mkldnn", "cudnn", "conv2d", "conv_")


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--batch", type=int, default=4)
    parser.add_argument("--faces", type=int, default=256)
    options = parser.parse_args()
    rate = matrix_product_rate()
    print(f"fp32 matrix product: {rate / 1e9:.0f} GFLOP/s on {torch.get_num_threads()} threads")
    full_size_step(options.batch, rate)
    with tempfile.TemporaryDirectory() as folder:
        narrow_step(Path(folder), options.batch, options.faces)


def full_size_step(batch: int, rate: float) -> None:
    """One update of the full-size discriminator and one of the generator, adversarial terms."""
    generator = Generator(GeneratorConfig())
    discriminator = Discriminator(DiscriminatorConfig(height=128, width=128, layers=6))
    image, label = torch.rand(batch, 3, 128, 128) * 2 - 1, torch.eye(8)[torch.arange(batch) % 8]

    def step() -> None:
        made = generator(image, label)
        fake = made.mask * image + (1 - made.mask) * made.colour
        judged = discriminator(torch.cat([image, fake.detach()]))
        real, of_fake = judged.realness.chunk(2)
        (of_fake.mean() - real.mean()).backward()
        discriminator.requires_grad_(False)
        (-discriminator(fake).realness.mean()).backward()
        discriminator.requires_grad_(True)

    with Operations() as counted:
        step()
    taken = seconds(step, 5)
    bound = counted.total / rate
    print(
        f"full-size step, batch {batch}: {counted.total / 1e9:.0f} GFLOP, {taken:.2f} s, "
        f"{taken / bound:.2f} × the arithmetic bound ({bound:.2f} s)"
    )
    with profile(activities=[ProfilerActivity.CPU]) as profiled:
        step()
    times = {event.key: event.self_cpu_time_total for event in profiled.key_averages()}
    convolving = sum(t for key, t in times.items() if any(name in key for name in CONVOLUTIONS))
    print(f"not convolutions: {1 - convolving / sum(times.values()):.0%} of its time")


def narrow_step(folder: Path, batch: int, faces: int) -> None:
    """The narrow cascade's step of the paper's objective, and what its batches cost."""
    config = replace(
        find_preset("lgp-gan", "paper"),
        batch=batch,
        networks="flow",
        discriminator_updates=1,
        precision="fp32",
    )
    drawn = []
    for factor in (1, 2, 4, 8):
        prepared = write_set(folder / str(factor), faces * factor // 8)
        data = LabelledFaces(prepared, "train")
        drawn.append(seconds(lambda data=data: data.batch(3, batch), 50))
    state = TrainingState(config, flow_networks(), prepared.content_hash, torch.device("cpu"))
    trainer = Trainer(state, prepared, folder / "run")
    taken = seconds(lambda: trainer.step(*trainer.batch()), 5)
    print(f"narrow step, batch {batch}: {taken:.2f} s; its batch {drawn[0] / taken:.2%} of that")
    ratios = ", ".join(f"{time / drawn[0]:.2f}" for time in drawn)
    print(f"a batch at 1, 2, 4, 8 × the data ({faces // 8} to {faces} faces): {ratios}")


def write_set(folder: Path, count: int) -> PreparedSet:
    """A labelled set of random faces."""
    rng = np.random.default_rng(0)
    folder.mkdir()
    records = []
    for number in range(max(count, len(Expression))):
        name = f"{number:05d}.png"
        cv2.imwrite(str(folder / name), rng.integers(0, 256, (128, 128, 3), np.uint8))
        records.append(
            Record(
                file_name=name,
                person=f"p{number}",
                photo=f"{number}",
                expression=list(Expression)[number % len(Expression)],
                intensity=1.0,
                action_units={},
                landmarks=np.array([(64.0, 84.0)] * 68),
                split="train",
            )
        )
    return write_prepared_set(folder, records, size=128, details={})


def seconds(run: Callable[[], object], repeats: int) -> float:
    """Median time of a call, after one that is not counted."""
    run()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return median(times)


if __name__ == "__main__":
    main()
