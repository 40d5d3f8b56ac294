"""``lgpgan serve``: a page and an API on this machine."""

from __future__ import annotations

import logging
import webbrowser
from collections.abc import Callable
from pathlib import Path
from socket import gethostname
from typing import Annotated

import tyro

from lgpgan.backends.loading import BackendName
from lgpgan.cli.terminal import say, tell
from lgpgan.faces.detectors.loading import LandmarkSource
from lgpgan.files import digest_of_file
from lgpgan.methods.weights_info import read_info, weights_of
from lgpgan.parallel.engine import EngineName
from lgpgan.serving.access import Access, is_local
from lgpgan.serving.application import make_application
from lgpgan.serving.engines.choosing import make_engine
from lgpgan.serving.engines.engine import WorkerPlan
from lgpgan.serving.limits import Limits
from lgpgan.serving.server import Binding
from lgpgan.serving.server import serve as serve_application
from lgpgan.serving.service import Service

__all__ = ["serve"]

Megabytes = Annotated[float, tyro.conf.arg(metavar="MB")]
Count = Annotated[int, tyro.conf.arg(metavar="N")]


def serve(
    *,
    port: Annotated[int, tyro.conf.arg(metavar="PORT")] = 7861,
    host: Annotated[str, tyro.conf.arg(metavar="ADDRESS")] = "127.0.0.1",
    open_browser: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(name="open")] = False,
    token: Annotated[str | None, tyro.conf.arg(metavar="TEXT")] = None,
    allow_host: Annotated[
        tuple[str, ...], tyro.conf.UseAppendAction, tyro.conf.arg(metavar="NAME")
    ] = (),
    root_path: Annotated[str, tyro.conf.arg(metavar="/PATH")] = "",
    metrics: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    weights: Annotated[Path | None, tyro.conf.arg(metavar="PATH")] = None,
    backend: BackendName = "auto",
    device: Annotated[str, tyro.conf.arg(metavar="DEVICE")] = "cpu",
    landmarks: LandmarkSource = "dlib",
    jobs: Count = 1,
    threads: Annotated[int | None, tyro.conf.arg(metavar="N")] = None,
    engine: EngineName = "local",
    photo_megabytes: Megabytes = Limits.photo_megabytes,
    megapixels: Annotated[float, tyro.conf.arg(metavar="MP")] = Limits.megapixels,
    photos: Count = Limits.photos,
    kept_megabytes: Megabytes = Limits.kept_megabytes,
    opened_megabytes: Megabytes = Limits.opened_megabytes,
    minutes: Annotated[float, tyro.conf.arg(metavar="MINUTES")] = Limits.minutes,
    waiting: Count = Limits.waiting,
    transfer_megabytes: Megabytes = Limits.transfer_megabytes,
    connections: Count = Limits.connections,
    patience: Annotated[float, tyro.conf.arg(metavar="SECONDS")] = Limits.patience,
) -> int:
    """Edit photos on a page in the browser, or from other programs by an API.

    The page answers while a slider moves. Only this machine can connect, unless --host says
    otherwise. Photos stay in memory, and are gone when the server stops. Ctrl-C stops it.

    Examples:
      lgpgan serve                          prints the address of the page
      lgpgan serve --open                   opens it in the browser
      lgpgan serve --weights runs/mine      with your own weights
      lgpgan serve --host 0.0.0.0           for other machines, too; prints a token
      lgpgan serve --jobs 2 --metrics       two processes, and figures at /metrics

    Args:
        port: Port to listen at; 0 for any that is free.
        host: Address to listen at; 0.0.0.0 for all addresses of this machine.
        open_browser: Open the page in the browser.
        token: What requests must bring; an empty text for none. By default, none where only this
            machine can connect, and one that is made and printed elsewhere.
        allow_host: Another name by which clients know the server; may be repeated.
        root_path: Path below which a proxy shows the server.
        metrics: Give figures for Prometheus at /metrics.
        weights: Weights (.safetensors) or a training run's folder, in place of those that come with
            lgpgan.
        backend: What runs the networks; 'auto' is ONNX Runtime where it can start at once.
        device: 'cpu', or 'cuda' for a GPU.
        landmarks: What finds faces and their landmarks; 'mediapipe' is free for commercial use and
            needs: lgpgan assets --fetch mediapipe
        jobs: Processes that edit. With more than one, each photo belongs to one of them.
        threads: Edits at a time in each process, each in one thread; by default one a core, two at
            least, or two where there are several processes.
        engine: What edits: processes of this machine; or replicas of Ray Serve, in the
            cluster that RAY_ADDRESS names or in one on this machine.
        photo_megabytes: Largest file of a photo.
        megapixels: Pixels of a photo, in millions; half as many where it has 16 bits a colour.
        photos: Photos kept at a time; the least recently used one goes.
        kept_megabytes: Size of the files of all photos that are kept.
        opened_megabytes: Size of the photos that lie decoded in a process.
        minutes: After which a photo goes that nobody uses.
        waiting: Requests that may wait; more are told to come again.
        transfer_megabytes: Size of all requests and answers that are on their way.
        connections: Open connections; requests of more are told to come again.
        patience: Seconds in which a request must arrive, and an answer be taken; large ones have
            more.
    """
    limits = Limits(
        photo_megabytes=photo_megabytes,
        megapixels=megapixels,
        photos=photos,
        kept_megabytes=kept_megabytes,
        opened_megabytes=opened_megabytes,
        minutes=minutes,
        waiting=waiting,
        transfer_megabytes=transfer_megabytes,
        connections=connections,
        patience=patience,
    )
    binding = Binding(host, port, root_path)
    read_info(weights)  # refuses wrong ones before anything is started
    logging.basicConfig(level=logging.WARNING, format="lgpgan: %(message)s")
    plan = WorkerPlan(
        {"weights": weights, "backend": backend, "device": device, "landmarks": landmarks}, limits
    )
    service = Service(make_engine(engine, plan, jobs, threads), limits)
    access = Access.of(host, allow_host, token)
    application = make_application(
        service, access, metrics=metrics, weights_digest=digest_of_file(weights_of(weights))
    )

    def ready(address: str, stop: Callable[[], None]) -> None:
        tell(address)
        if not is_local(host):
            say(f"From other machines, with the name of this one ({gethostname()}) or its address.")
        if not is_local(host) and not access.token:
            say("warning: whoever reaches this machine can use the server; leave out --token.")
        say("Photos stay in memory. Press Ctrl-C to stop.")
        if open_browser and not webbrowser.open(address):
            say("note: no browser could be opened; open the address yourself.")

    serve_application(service, application, binding, limits, access, ready=ready)
    say("stopped.")
    return 0
