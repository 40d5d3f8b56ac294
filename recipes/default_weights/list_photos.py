"""Lists the photos of the two CC-BY sets for ``lgpgan studio``, with who is on each.

    python list_photos.py DATA photos.csv [--smiles]

DATA holds the folders london_neutral, london_smiling and canada_neutral, and their information as
.csv. People named in kept_out.txt, beside this file, are not trained on. Their neutral photo alone
is listed: in the validation split for those of kept_out_to_choose.txt, in the test split for the
others. Of everybody else the smiling photos are listed, too. With --smiles it is a list for
recognisers in place of the studio: everybody of the London set, neutral and smiling, all who are
kept out as test.
"""

from __future__ import annotations

import argparse
import csv
from pathlib import Path

LICENCE = "CC-BY-4.0"
SOURCES = {
    "london": "DeBruine, L., & Jones, B. (2017). Face Research Lab London Set (Version 5). "
    "figshare. doi:10.6084/m9.figshare.5047666.v5",
    "canada": "DeBruine, L., & Jones, B. (2017). Young Adult White Faces with Manipulated Versions "
    "(Version 1). figshare. doi:10.6084/m9.figshare.4220517.v1",
}
FOLDERS = {
    "london_neutral": "neutral",
    "london_smiling": "happy",
    "canada_neutral": "neutral",
}
COLUMNS = (
    "file",
    "person",
    "expression",
    "split",
    "age",
    "gender",
    "ethnicity",
    "source",
    "licence",
)


def main(data: Path, destination: Path, *, smiles: bool = False) -> None:
    """Write the list; of ``smiles`` and the faces they belong to, or of photos for the studio."""
    kept_out, to_choose = people("kept_out.txt"), people("kept_out_to_choose.txt")
    with destination.open("w", newline="", encoding="utf-8") as file:
        writer = csv.DictWriter(file, COLUMNS)
        writer.writeheader()
        for folder, expression in FOLDERS.items():
            name = folder.partition("_")[0]
            if smiles and f"{name}_smiling" not in FOLDERS:
                continue
            about = information(data / f"{name}_info.csv")
            for photo in sorted((data / folder).glob("*.jpg")):
                number = photo.stem.partition("_")[0]
                person = f"{name}-{number}"
                if person in kept_out and expression != "neutral" and not smiles:
                    continue
                row = about.get(number, {})
                split = "train"
                if person in kept_out:
                    split = "validation" if person in to_choose and not smiles else "test"
                writer.writerow(
                    {
                        "file": photo.resolve(),
                        "person": person,
                        "expression": expression,
                        "split": split,
                        "age": row.get("face_age", ""),
                        "gender": row.get("face_gender", ""),
                        "ethnicity": row.get("face_eth", ""),
                        "source": SOURCES[name],
                        "licence": LICENCE,
                    }
                )


def people(name: str) -> set[str]:
    """The people whom a file beside this one names."""
    return set(Path(__file__).with_name(name).read_text().split())


def information(file: Path) -> dict[str, dict[str, str]]:
    """What people said of themselves, by number; 'NA' left empty."""
    with file.open(newline="") as lines:
        return {
            row["face_id"]: {key: "" if value == "NA" else value for key, value in row.items()}
            for row in csv.DictReader(lines)
        }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("data", type=Path)
    parser.add_argument("destination", type=Path)
    parser.add_argument("--smiles", action="store_true")
    options = parser.parse_args()
    main(options.data, options.destination, smiles=options.smiles)
