"""Writes the demo photo: NASA's portrait of Eileen Collins, public domain, from scikit-image.

python examples/demo_photo.py astronaut.png
"""

from __future__ import annotations

import sys
from pathlib import Path

import skimage.data
from PIL import Image

if __name__ == "__main__":
    destination = Path(sys.argv[1])
    destination.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(skimage.data.astronaut()).save(destination)
