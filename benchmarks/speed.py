"""How long things take here, beside what the machine could do at best.

    python benchmarks/speed.py [--data runs/studio] [--shared ../shared]

Machines differ, and the same machine from hour to hour: every figure stands beside the rate of a
plain matrix product measured in the same run. Without --data and --shared the parts that need a
studio set and the 3-D face are left out.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import cv2
import numpy as np
import skimage.data
import torch

from lgpgan.datasets.prepared import PreparedSet
from lgpgan.editing.editor import Editor
from lgpgan.editing.opened_photo import Timings
from lgpgan.expressions.action_units import LABEL_UNITS
from lgpgan.expressions.expression import Expression, label_vector
from lgpgan.methods.lgpgan import build_generators
from lgpgan.methods.lgpgan.shapes import flow_networks, paper_networks
from lgpgan.training.arithmetic import Operations, matrix_product_rate

PORTRAIT = (4000, 3000)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--data", type=Path, help="a studio set, for training steps")
    parser.add_argument("--shared", type=Path, help="folder with data/ and facekit/")
    options = parser.parse_args()
    rate = matrix_product_rate()
    threads = torch.get_num_threads()
    print(f"fp32 matrix product: {rate / 1e9:.0f} GFLOP/s on {threads} threads")
    forward(rate)
    warm_edits()
    cold_edit()
    if options.shared and options.shared.is_dir():
        studio(options.shared)
    if options.data and options.data.is_dir():
        training(options.data)


def seconds(run: Callable[[], object], repeats: int = 7) -> float:
    """Median time of a call, after one that is not counted."""
    run()
    times = []
    for _ in range(repeats):
        started = time.perf_counter()
        run()
        times.append(time.perf_counter() - started)
    return median(times)


def forward(rate: float) -> None:
    """Forward passes: ours, and the paper's networks at full width."""
    image, top = torch.zeros(1, 3, 128, 128), torch.tensor([64])
    label = torch.from_numpy(label_vector(Expression.HAPPY))[None]
    for name, config in (
        ("narrow", flow_networks().with_units(LABEL_UNITS)),
        ("paper", paper_networks()),
    ):
        generator = build_generators(config).eval()
        counter = Operations()
        with torch.no_grad(), counter:  # in inference mode torch would hide the convolutions
            generator(image, label, top)
        with torch.inference_mode():
            taken = seconds(lambda: generator(image, label, top))  # noqa: B023
        flops = counter.total
        share = flops / rate / taken
        print(
            f"forward, {name}: {flops / 1e9:.2f} GFLOP, {taken * 1e3:.0f} ms a face "
            f"({share:.0%} of the matrix product's rate)"
        )


def warm_edits() -> None:
    """``Editor.edit`` with everything loaded, split into its parts."""
    editor = Editor.from_pretrained()
    small = skimage.data.astronaut()
    scale = PORTRAIT[0] / small.shape[0]
    large = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    large = np.ascontiguousarray(large[:, (large.shape[1] - PORTRAIT[1]) // 2 :][:, : PORTRAIT[1]])
    for name, photo in (("512×512", small), ("4,000×3,000", large)):
        editor.edit(photo)
        rounds = 5
        editor.timings = Timings()
        started = time.perf_counter()
        for _ in range(rounds):
            editor.edit(photo)
        total = (time.perf_counter() - started) / rounds
        parts = ", ".join(
            f"{part} {spent / rounds * 1e3:.0f}" for part, spent in editor.timings.seconds.items()
        )
        print(f"Editor.edit, warm, {name}: {total * 1e3:.0f} ms ({parts})")


def cold_edit() -> None:
    """The command from its start to its file."""
    with tempfile.TemporaryDirectory() as folder:
        photo = Path(folder) / "photo.png"
        cv2.imwrite(str(photo), skimage.data.astronaut()[..., ::-1])
        command = [
            *(sys.executable, "-c", "from lgpgan.cli import main; main()", "edit", str(photo)),
            *("--to", "happy", "-o", f"{folder}/happy.png", "--overwrite"),
        ]
        taken = seconds(lambda: subprocess.run(command, check=True, capture_output=True), 3)
        bare = seconds(lambda: subprocess.run([sys.executable, "-c", "import torch"]), 3)
        print(f"lgpgan edit, cold: {taken:.1f} s, of which importing torch alone {bare:.1f} s")


def studio(shared: Path) -> None:
    """Renders a second on one core, all of fitting, drawing and writing included."""
    from lgpgan.studio.builder import Studio, StudioOptions
    from lgpgan.studio.photos import PhotoEntry

    cv2.setNumThreads(1)
    photos = sorted((shared / "data" / "london_neutral").glob("*.jpg"))[:6]
    with tempfile.TemporaryDirectory() as folder:
        destination = Path(folder)
        for name in (".done", "correspondence"):
            (destination / name).mkdir()
        options = StudioOptions(takes=2)
        builder = Studio(shared / "facekit" / "ict_facekit.npz", destination, options)
        entries = [PhotoEntry(path=photo, person=photo.stem, split="train") for photo in photos]
        builder.process("warm", entries[0])
        started = time.perf_counter()
        for entry in entries[1:]:
            builder.process(entry.person, entry)
        taken = time.perf_counter() - started
    images = len(entries[1:]) * options.takes * len(Expression)
    print(f"studio: {images / taken:.0f} images a second and core")


def training(data: Path) -> None:
    """Steps of the studio preset."""
    from lgpgan.training.loop import Trainer
    from lgpgan.training.options import StudioConfig
    from lgpgan.training.state import TrainingState

    prepared = PreparedSet.load(data)
    config = StudioConfig()
    state = TrainingState(config, flow_networks(), prepared.content_hash, torch.device("cpu"))
    with tempfile.TemporaryDirectory() as folder:
        trainer = Trainer(state, prepared, Path(folder))
        for precision, bfloat16 in (("fp32", False), ("bf16", True)):
            trainer.gan_step.bfloat16 = bfloat16
            batch = seconds(lambda: trainer.batch())
            step = seconds(lambda: trainer.step(*trainer.batch()))
            print(
                f"training, {precision}: {1 / step:.2f} steps of {config.batch} a second "
                f"({config.batch / step:.0f} images; batches are {batch / step:.0%} of it)"
            )


if __name__ == "__main__":
    main()
