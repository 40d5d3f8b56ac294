"""Writes the graphs of the weights that come with lgpgan, so that editing with them needs no torch.

python recipes/default_weights/write_graphs.py src/lgpgan/pretrained
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import get_args

from lgpgan.backends.graph_format import Reading
from lgpgan.backends.graphs import keep_graph, trace_graph
from lgpgan.methods.weights_info import default_weights, open_weights


def main() -> None:
    """Write one graph for each way of reading along a flow, and name it."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path, help="where to put them")
    folder = parser.parse_args().folder
    file = open_weights(default_weights(), framework="np")
    for reading in get_args(Reading):
        print(keep_graph(trace_graph(file, reading, folder)))


if __name__ == "__main__":
    main()
