"""Uses a file that ``lgpgan export`` wrote, without lgpgan: NumPy, Pillow and ONNX Runtime only.

python examples/onnx_file.py lgpgan.onnx photo.jpg happy face.png 211 119 263 117 184

The numbers are x and y of the eye on the left of the picture, x and y of the other eye, and y of
the mouth, in pixels of the photo. An eye's centre is the mean of its six landmarks of the usual 68
(36 to 41, 42 to 47), the mouth's the mean of its twenty (48 to 67).
``lgpgan edit photo.jpg --json`` prints these 68, as ``landmarks``.
"""

from __future__ import annotations

import json
import sys

import numpy as np
import onnxruntime
from PIL import Image

SIZE, EYE_DISTANCE, EYES_X, EYES_Y = 128, 38.0, 64.0, 42.0  # the template, in pixels


def read(picture: np.ndarray, flow: np.ndarray) -> np.ndarray:
    """Read (3, 128, 128) at every pixel's own place plus an offset (2, 128, 128): x, then y."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    x, y = (np.clip(place, 0, SIZE - 1) for place in (columns + flow[0], rows + flow[1]))
    left, top = (np.minimum(place.astype(int), SIZE - 2) for place in (x, y))
    x, y = x - left, y - top
    above = picture[:, top, left] * (1 - x) + picture[:, top, left + 1] * x
    below = picture[:, top + 1, left] * (1 - x) + picture[:, top + 1, left + 1] * x
    return above * (1 - y) + below * y


def main(model: str, photo: str, expression: str, out: str, *places: str) -> None:
    """Give a face of a photo an expression, at the size of the template."""
    left_x, left_y, right_x, right_y, mouth_y = map(float, places)
    session = onnxruntime.InferenceSession(model)
    about = json.loads(session.get_modelmeta().custom_metadata_map["lgpgan"])

    # From template to photo: turn and scale so that the eyes come to lie where they must.
    across = complex(right_x - left_x, right_y - left_y) / EYE_DISTANCE
    middle = complex(left_x + right_x, left_y + right_y) / 2
    start = middle - across * complex(EYES_X, EYES_Y)
    matrix = (across.real, -across.imag, start.real, across.imag, across.real, start.imag)
    face = Image.open(photo).convert("RGB")  # RGB, not OpenCV's BGR
    face = face.transform((SIZE, SIZE), Image.Transform.AFFINE, matrix, Image.Resampling.BICUBIC)
    image = np.asarray(face, np.float32).transpose(2, 0, 1)[None] / 127.5 - 1  # −1 to 1
    mouth = EYES_Y + (mouth_y - middle.imag) / abs(across)  # of a head that is upright
    mouth_top = np.clip(round(mouth + 4 - 24), 0, SIZE - 48)  # the region has 48 rows

    # Shares of the classes, which sum to 1, then intensities of the action units, here all 0.
    label = np.zeros((1, len(about["labels"]) + len(about["config"].get("units", ()))), np.float32)
    label[0, about["labels"].index(expression)] = strength = 1.0
    if expression != "neutral" and "neutral" in about["labels"]:
        label[0, about["labels"].index("neutral")] = 1 - strength  # the rest goes to neutral

    inputs = {"image": image, "mouth": label, "eyes": label, "mouth_top": np.array([mouth_top])}
    names = [output.name for output in session.get_outputs()]
    made = {name: part[0] for name, part in zip(names, session.run(names, inputs), strict=True)}

    # The same face, put together from what it is made of; a photo of any size is edited like this.
    kept = made.get("shade", 1) * (read(image[0], made["flow"]) + 1) - 1
    face_again = made["colour"] + made["keep"] * kept
    if "inside_lit" in made:  # a mouth's inside: both flows are offsets from a pixel's own place
        teeth = read(made["inside_picture"], made["inside_flow"])
        face_again += made["inside_lit"] * (teeth - 1)
    greatest = np.abs(face_again - made["output"]).max()
    sys.stderr.write(f"greatest difference to output: {greatest:.1e}\n")
    levels = np.clip((face_again + 1) * 127.5 + 0.5, 0, 255).astype(np.uint8)
    Image.fromarray(levels.transpose(1, 2, 0)).save(out)


if __name__ == "__main__":
    if len(sys.argv) != 10:
        sys.exit(__doc__)
    main(*sys.argv[1:])
