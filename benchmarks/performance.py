"""The generators and the command in every backend, beside what the machine could do at best.

    python benchmarks/performance.py [--photos FOLDER] [--threads 1] [--rounds 15] [--parts ...]
                                     [--plot performance.png]

Machines differ, and one machine from minute to minute, so everything is timed in turns: a round
runs each contender once, and each is compared with the others of its round. The figures are
medians. Three parts: ``forward``, the networks alone, at one face and at eight; ``cold``, a command
from its start to its file; ``warm``, a 12-megapixel JPEG with everything loaded. int8 is made here,
calibrated on half of the faces of --photos (on the demo photo's without), and judged, as all the
others, by how far its faces lie from torch's in single precision on the other half.

With one thread all is the processor's time, of child processes too, since other work disturbs the
clock on the wall; with several it is the clock's.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from resource import RUSAGE_CHILDREN, RUSAGE_SELF, getrusage
from statistics import median

import cv2
import numpy as np
import onnx
import onnxruntime
import openvino
import skimage.data
import torch
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from lgpgan.backends.backend import Faces
from lgpgan.backends.graph_format import INPUTS, OUTPUTS
from lgpgan.backends.torch_backend import TorchBackend
from lgpgan.backends.tracing import trace
from lgpgan.editing.editor import Editor
from lgpgan.editing.network_arrays import wanted
from lgpgan.errors import LgpganError
from lgpgan.expressions.expression import Expression
from lgpgan.expressions.target import Target
from lgpgan.faces.detectors.dlib_detector import landmark_model_path
from lgpgan.methods.stargan import StarGan, StarGanConfig
from lgpgan.methods.weights import LoadedMethod, default_weights, load_method
from lgpgan.parallel.processes import in_threads
from lgpgan.training.arithmetic import Operations

PARTS = ("forward", "cold", "warm")
PORTRAIT = (4000, 3000)
PRODUCT = 1536
"""Rows and columns of the matrices whose product says what the machine can do."""
Run = Callable[[Faces], np.ndarray]
"""From faces to the final faces."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--photos", type=Path, help="folder of photos, for int8 and for quality")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--plot", type=Path, help="picture of the networks' times to write")
    options = parser.parse_args()
    os.environ["OMP_NUM_THREADS"] = str(options.threads)
    torch.set_num_threads(options.threads)
    cv2.setNumThreads(options.threads)
    print(f"{options.threads} thread(s), {options.rounds} rounds, load {os.getloadavg()[0]:.1f}")
    if "forward" in options.parts:
        milliseconds = forward(options.photos, options.threads, options.rounds)
        if options.plot:
            plot(milliseconds, options.plot)
    if "cold" in options.parts:
        cold(options.threads, options.rounds)
    if "warm" in options.parts:
        warm(options.threads, options.rounds)


def clock(threads: int) -> float:
    """Seconds: the processor's of this process and its children, or the wall's."""
    if threads > 1:
        return time.perf_counter()
    used = [getrusage(who) for who in (RUSAGE_SELF, RUSAGE_CHILDREN)]
    return sum(part.ru_utime + part.ru_stime for part in used)


def in_turns(
    tasks: Mapping[str, Callable[[], object]], threads: int, rounds: int
) -> dict[str, list[float]]:
    """Seconds of every task in every round, after one that is not counted."""
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for turn in range(rounds + 1):
        for name, task in tasks.items():
            started = clock(threads)
            task()
            if turn:
                times[name].append(clock(threads) - started)
    return times


def ratio(times: list[float], others: list[float]) -> float:
    """The median of how many times as long, round by round."""
    return median(one / other for one, other in zip(times, others, strict=True))


# --- the networks alone


def forward(photos: Path | None, threads: int, rounds: int) -> dict[int, dict[str, float]]:
    """Every backend and precision, one face and eight at once; returns milliseconds a face."""
    milliseconds: dict[int, dict[str, float]] = {}
    method = load_method(default_weights())
    calibration, held_out = faces_of(method, photos)
    with tempfile.TemporaryDirectory() as folder:
        runs = dict(contenders(method, Path(folder), threads, calibration))
    stargan = StarGan(StarGanConfig.paper()).eval()
    expected = [runs["torch"](faces) for faces in held_out]
    quality = {
        name: np.mean([np.abs(run(f) - e).mean() for f, e in zip(held_out, expected, strict=True)])
        for name, run in runs.items()
    }
    operations = count(method, held_out[0])
    for at_once in (1, 8):
        faces = Faces(*(part[:at_once] for part in held_out[0]))
        tasks: dict[str, Callable[[], object]] = {
            name: partial(run, faces) for name, run in runs.items()
        }
        label = faces.mouth[:, : stargan.config.labels]
        of_classes = faces._replace(mouth=label, eyes=label)
        tasks["StarGAN, full width, torch"] = partial(torch_run(stargan), of_classes)
        rates: list[float] = []
        tasks["matrix product"] = partial(measure_rate, threads, rates)
        times = in_turns(tasks, threads, rounds)
        del times["matrix product"]
        rate = median(rates)
        print(f"\n{at_once} face(s) at once; matrix product {rate / 1e9:.0f} GFLOP/s")
        print("| | ms a face | of the product's rate | torch takes | mean difference, of 255 |")
        print("| --- | --- | --- | --- | --- |")
        milliseconds[at_once] = {}
        for name, taken in times.items():
            seconds = median(taken) / at_once
            milliseconds[at_once][name] = seconds * 1e3
            ours = name in quality
            share = f"{operations / seconds / rate:.0%}" if ours else "–"
            far = f"{quality[name] * 127.5:.3f}" if ours else "–"
            relative = f"{ratio(times['torch'], taken):.2f} ×"
            print(f"| {name} | {seconds * 1e3:.1f} | {share} | {relative} | {far} |", flush=True)

    return milliseconds


def plot(milliseconds: dict[int, dict[str, float]], path: Path) -> None:
    """Draw the time a face of every backend, alone and in a batch."""
    from matplotlib import pyplot

    names = list(milliseconds[1])[::-1]
    figure, axis = pyplot.subplots(figsize=(8, 4))
    for at_once, shift, colour in ((1, 0.2, "C0"), (8, -0.2, "C1")):
        values = [milliseconds[at_once][name] for name in names]
        places = [number + shift for number in range(len(names))]
        label = "one face" if at_once == 1 else f"in a batch of {at_once}"
        bars = axis.barh(places, values, 0.4, color=colour, label=label)
        axis.bar_label(bars, fmt="%.1f", padding=3, fontsize=8)
    axis.set_yticks(range(len(names)), names)
    axis.set(xlabel="milliseconds a face", title="The generators, 128×128")
    axis.spines[["top", "right"]].set_visible(False)
    axis.legend(loc="upper right")
    axis.margins(x=0.08)
    figure.tight_layout()
    figure.savefig(path, dpi=110)


def measure_rate(threads: int, rates: list[float]) -> None:
    """Add the rate of a matrix product to those measured before."""
    a, b = (torch.ones(PRODUCT, PRODUCT) for _ in range(2))
    started = clock(threads)
    torch.mm(a, b)
    rates.append(2 * PRODUCT**3 / (clock(threads) - started))


def contenders(
    method: LoadedMethod, folder: Path, threads: int, calibration: list[Faces]
) -> Iterator[tuple[str, Run]]:
    """Everything that runs the generators, by what it is called in the table."""
    yield "torch", torch_run(method.generator)
    yield "torch, bf16", torch_run(method.generator, half=True)
    yield "torch.compile", torch_run(torch.compile(method.generator, dynamic=False))
    width = method.info.label_width
    paths = {}
    for reading in ("gather", "sample"):
        paths[reading] = folder / f"{reading}.onnx"
        onnx.save(trace(method.generator, width, reading=reading), paths[reading])
    paths["int8"] = quantised(paths["gather"], folder, calibration)
    yield "ONNX Runtime", onnxruntime_run(paths["gather"], threads)
    yield "ONNX Runtime, GridSample", onnxruntime_run(paths["sample"], threads)
    yield "ONNX Runtime, int8", onnxruntime_run(paths["int8"], threads)
    yield "OpenVINO", openvino_run(paths["sample"], threads, "f32")
    yield "OpenVINO, bf16", openvino_run(paths["sample"], threads, "bf16")
    yield "OpenVINO, int8", openvino_run(paths["int8"], threads, "f32")


def torch_run(generator: Callable[..., object], *, half: bool = False) -> Run:
    """Run in torch, single precision or bfloat16 where autocast takes it."""

    @torch.inference_mode()
    def run(faces: Faces) -> np.ndarray:
        image, mouth, eyes, top = map(torch.from_numpy, faces)
        with torch.autocast("cpu", torch.bfloat16, enabled=half):
            return generator(image, mouth, top, eyes).output.float().numpy()

    return run


def onnxruntime_run(path: Path, threads: int) -> Run:
    """Run in ONNX Runtime."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    session = onnxruntime.InferenceSession(path, options, providers=["CPUExecutionProvider"])
    return lambda faces: session.run(OUTPUTS[:1], dict(zip(INPUTS, faces, strict=True)))[0]


def openvino_run(path: Path, threads: int, precision: str) -> Run:
    """Run in OpenVINO."""
    options = {
        "INFERENCE_PRECISION_HINT": precision,
        "INFERENCE_NUM_THREADS": threads,
        "NUM_STREAMS": 1,
    }
    core = openvino.Core()
    request = core.compile_model(core.read_model(path), "CPU", options).create_infer_request()
    return lambda faces: request.infer(dict(zip(INPUTS, faces, strict=True)))[OUTPUTS[0]].copy()


def quantised(path: Path, folder: Path, calibration: list[Faces]) -> Path:
    """Convolutions in int8, scales from the calibration's ranges."""

    class Reader(CalibrationDataReader):
        def __init__(self) -> None:
            self.left = iter(calibration)

        def get_next(self) -> dict[str, np.ndarray] | None:
            faces = next(self.left, None)
            return None if faces is None else dict(zip(INPUTS, faces, strict=True))

    prepared, made = folder / "prepared.onnx", folder / "int8.onnx"
    quant_pre_process(path, prepared, skip_symbolic_shape=True)
    quantize_static(
        prepared,
        made,
        Reader(),
        quant_format=QuantFormat.QDQ,
        per_channel=True,
        op_types_to_quantize=["Conv", "ConvTranspose"],
    )
    return made


def faces_of(method: LoadedMethod, photos: Path | None) -> tuple[list[Faces], list[Faces]]:
    """Eight targets of every face: of every other photo for calibration, of the rest to judge."""
    editor = Editor(TorchBackend(method))
    targets = [Target.parse(expression) for expression in Expression]
    pictures = [skimage.data.astronaut()] * 2
    if photos is not None:
        pictures = sorted(photos.glob("*.jpg"))[:32]
    found = []
    for picture in pictures:
        try:
            face = editor.open(picture).faces[0]
            found.append(wanted(face.aligned, face.mouth_top, targets, method.info))
        except LgpganError as error:
            print(f"left out: {error}")
    return found[::2], found[1::2]


def count(method: LoadedMethod, faces: Faces) -> int:
    """Operations of a forward pass of one face."""
    image, mouth, eyes, top = (torch.from_numpy(part[:1]) for part in faces)
    counter = Operations()
    with torch.no_grad(), counter:  # in inference mode torch would hide the convolutions
        method.generator(image, mouth, top, eyes)
    return counter.total


# --- the command


BARE = """
import sys, dlib, numpy, PIL.Image, onnxruntime
photo = numpy.asarray(PIL.Image.open(sys.argv[1]).convert("RGB"))
predictor = dlib.shape_predictor(sys.argv[2])
(box,) = dlib.get_frontal_face_detector()(photo, 0)
predictor(photo, box)
session = onnxruntime.InferenceSession(sys.argv[3], providers=["CPUExecutionProvider"])
label = numpy.full((1, int(sys.argv[4])), 0.125, numpy.float32)
image = numpy.zeros((1, 3, 128, 128), numpy.float32)
session.run(None, {"image": image, "mouth": label, "eyes": label, "mouth_top": numpy.array([64])})
"""


def cold(threads: int, rounds: int) -> None:
    """The command from its start to its file, beside its bare parts in one script."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        photo, model = folder / "photo.png", folder / "model.onnx"
        cv2.imwrite(str(photo), skimage.data.astronaut()[..., ::-1])
        method = load_method(default_weights())
        width = method.info.label_width
        onnx.save(trace(method.generator, width, reading="gather"), model)

        def edit(*arguments: str) -> Callable[[], object]:
            start = "from lgpgan.cli import main; main()"
            command = [sys.executable, "-c", start, "edit", str(photo), *arguments]
            command += ["-o", str(folder / "out.png" if "happy" in arguments else folder)]
            return lambda: subprocess.run(
                [*command, "--overwrite"], check=True, capture_output=True
            )

        bare = [sys.executable, "-c", BARE, str(photo), str(landmark_model_path()), str(model)]
        bare.append(str(width))
        tasks = {
            "bare": lambda: subprocess.run(bare, check=True),
            **{
                backend: edit("--to", "happy", "--backend", backend)
                for backend in ("onnxruntime", "openvino", "torch")
            },
            "all eight": edit("--backend", "onnxruntime"),
        }
        times = in_turns(tasks, threads, max(3, rounds // 3))
    print("\ncold, a 512 × 512 photo: from the command to the file")
    for name_, taken in times.items():
        print(f"| {name_} | {median(taken):.2f} s | {ratio(taken, times['bare']):.2f} × bare |")


def warm(threads: int, rounds: int) -> None:
    """A 12-megapixel JPEG with everything loaded, beside its bare parts."""
    from PIL import Image

    from lgpgan.photos.reading import read_photo
    from lgpgan.photos.writing import write_photo

    small = skimage.data.astronaut()
    scale = PORTRAIT[0] / small.shape[0]
    large = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    large = np.ascontiguousarray(large[:, (large.shape[1] - PORTRAIT[1]) // 2 :][:, : PORTRAIT[1]])
    editor = Editor.from_pretrained(backend="onnxruntime")
    with tempfile.TemporaryDirectory() as folder:
        path, out = Path(folder) / "photo.jpg", Path(folder) / "out.jpg"
        Image.fromarray(large).save(path, quality=95)
        opened = editor.open(path)
        (face,) = opened.faces
        target = Target.parse("happy")

        def edit(targets: list[Target]) -> None:
            photo = read_photo(path)
            opened = editor.open(photo)

            def write(number: int) -> None:
                edited = editor.apply(opened, targets[number])
                file = out.with_stem(f"out{number}")
                write_photo(edited.pixels, file, photo, description="", overwrite=True)

            in_threads([partial(write, number) for number in range(len(targets))], threads)

        def bare() -> None:
            pixels = np.asarray(Image.open(path).convert("RGB"))
            box = editor.detector.boxes(pixels)[0]
            editor.detector.landmarks(pixels, box)
            editor.synthesise(face, [target])
            Image.fromarray(pixels).save(out, quality=95)

        every = [Target.parse(expression) for expression in Expression]
        times = in_turns(
            {"bare": bare, "one": lambda: edit([target]), "eight": lambda: edit(every)},
            threads,
            rounds,
        )
        used = {to: memory(path, Path(folder), to) for to in ("happy", "all")}
    print(f"\nwarm, {PORTRAIT[0]:,} × {PORTRAIT[1]:,} JPEG: read, edited and written")
    for name, taken in times.items():
        print(
            f"| {name} | {median(taken) * 1e3:.0f} ms | {ratio(taken, times['bare']):.2f} × bare |"
        )
    print(f"eight take {ratio(times['eight'], times['one']):.2f} × one")
    print(f"most memory of the command: {used['happy']:.0f} MB, for all eight {used['all']:.0f} MB")


MOST_MEMORY = """
import sys
from lgpgan.cli.application import run
code = run(sys.argv[1:])
with open("/proc/self/status") as status:
    print(*(line.split()[1] for line in status if line.startswith("VmHWM")))
sys.exit(code)
"""


def memory(photo: Path, out: Path, to: str) -> float:
    """The most memory that the command needs for a photo, in MB."""
    edit = ["edit", photo, "--to", to, "-o", out, "--overwrite"]
    child = subprocess.run(
        [sys.executable, "-c", MOST_MEMORY, *edit], check=True, capture_output=True, text=True
    )
    return int(child.stdout.split()[-1]) / 1024


if __name__ == "__main__":
    main()
