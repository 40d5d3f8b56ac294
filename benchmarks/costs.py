"""The counted costs of training in the documentation: writes its tables anew.

    python benchmarks/costs.py

Operations, parameters and memory are counted from the networks' shapes, so the tables are the same
on every machine. A test compares what stands in the documentation with what this makes.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path

from lgpgan.expressions.expression import Expression
from lgpgan.methods.registry import METHODS
from lgpgan.training.arithmetic import StepArithmetic, count_step
from lgpgan.training.config import TrainingConfig
from lgpgan.training.presets import PRESETS, find_preset

DOCS = Path(__file__).parents[1] / "docs"
CLASSES = tuple(map(str, Expression))
PEAKS = {"RTX 4090": 165, "A100": 312, "H100 and H200": 989}
"""Dense bfloat16 TFLOP/s by data sheet."""
SHARE = 0.25
"""Share of the peak that the table of times assumes."""
BUDGET = 200e12
"""Operations of each run of ``lgpgan compare`` where nothing else is said."""
OF_PAPER = 3_200_000
ROWS = ("stargan/narrow", "attgan/narrow", "ganimation/narrow", "lgp-gan/narrow", "lgp-gan/studio")

Counted = tuple[TrainingConfig, StepArithmetic]


def count(method: str, preset: str, *, exact_units: bool) -> Counted:
    """The options of a preset, and the arithmetic of its step with the eight classes."""
    config = find_preset(method, preset)
    return config, count_step(config, config.shape(CLASSES, exact_units=exact_units))


def tables() -> dict[str, str]:
    """Name of each table to its Markdown."""
    paper = {name: count(name, "paper", exact_units=False) for name in PRESETS}
    return {
        "steps": steps(paper),
        "times": times(paper),
        "presets": presets(),
        "budget": budget(paper["lgp-gan"]),
    }


def steps(paper: Mapping[str, Counted]) -> str:
    """What a step of each method as published costs."""
    rows: dict[str, Callable[[TrainingConfig, StepArithmetic], str]] = {
        "generators, forward": lambda c, a: giga(a.synthesis),
        "discriminators' terms, forward and backward": lambda c, a: giga(a.discriminators),
        "gradient penalty": lambda c, a: giga(a.penalty),
        "generators' terms, forward and backward, every 5th step": lambda c, a: giga(a.generators),
        "an image, on average": lambda c, a: giga(a.operations(c)),
        "images as published, and batch": lambda c, a: f"{c.images:,} by {c.batch}",
        "the whole run as published": lambda c, a: peta(c.images * a.operations(c)),
        "the same with 3,200,000 images": lambda c, a: peta(OF_PAPER * a.operations(c)),
        "memory at that batch, float32": lambda c, a: gib(a.memory(c)),
        "parameters: generators": lambda c, a: mega(a.generator_parameters),
        "parameters: discriminators": lambda c, a: mega(a.discriminator_parameters),
    }
    titles = " | ".join(METHODS[name].title for name in paper)
    lines = [f"| | {titles} |", "| --- |" + " --- |" * len(paper)]
    for title, of in rows.items():
        lines.append(f"| {title} | {' | '.join(of(*one) for one in paper.values())} |")
    return "\n".join(lines)


def times(paper: Mapping[str, Counted]) -> str:
    """How long the runs would take at a share of each card's peak."""
    lines = [
        f"| hours at {SHARE:.0%} of the peak | {' | '.join(PEAKS)} |",
        "| --- |" + " ---: |" * len(PEAKS),
    ]
    for name, (config, arithmetic) in paper.items():
        for images in dict.fromkeys((config.images, OF_PAPER)):
            work = images * arithmetic.operations(config)
            hours = (work / (peak * 1e12 * SHARE) / 3600 for peak in PEAKS.values())
            title = f"{METHODS[name].title}, {images:,} images"
            lines.append(f"| {title} | {' | '.join(f'{one:.1f}' for one in hours)} |")
    return "\n".join(lines)


def presets() -> str:
    """What LGP-GAN's presets for a CPU cost."""
    lines = ["| LGP-GAN's preset | GFLOP an image | images | the whole run | memory |"]
    lines.append("| --- | ---: | ---: | ---: | ---: |")
    for preset in ("studio", "narrow"):
        config, arithmetic = count("lgp-gan", preset, exact_units=True)
        work = arithmetic.operations(config)
        lines.append(
            f"| `{preset}` | {giga(work)} | {config.images:,} | {peta(config.images * work)} | "
            f"{gib(arithmetic.memory(config))} |"
        )
    return "\n".join(lines)


def budget(paper: Counted) -> str:
    """How long each row of a comparison is trained within the usual budget."""
    lines = ["| row, on a studio set | GFLOP an image | images in 200 TFLOP |"]
    lines.append("| --- | ---: | ---: |")
    for row in ROWS:
        config, arithmetic = count(*row.split("/"), exact_units=True)
        work = arithmetic.operations(config)
        images = int(BUDGET / (work * config.batch)) * config.batch
        lines.append(f"| `{row}` | {giga(work)} | {images:,} |")
    config, arithmetic = paper
    share = config.images * arithmetic.operations(config) / BUDGET
    narrow, of_narrow = count("lgp-gan", "narrow", exact_units=True)
    usual = BUDGET / (narrow.images * of_narrow.operations(narrow))
    return "\n".join(lines) + (
        f"\n\n200 TFLOP are {usual:.0%} of what `lgp-gan/narrow` is usually trained with, and "
        f"1/{share:,.0f} of the paper's run."
    )


def giga(operations: float) -> str:
    """Thousand millions."""
    return f"{operations / 1e9:.1f}"


def peta(operations: float) -> str:
    """Million thousand millions, with their unit."""
    return f"{operations / 1e15:.{0 if operations >= 1e16 else 1}f} PFLOP"


def mega(parameters: int) -> str:
    """Millions."""
    return f"{parameters / 1e6:.1f} M"


def gib(size: float) -> str:
    """Bytes in GiB."""
    return f"about {size / 2**30:.1f} GiB"


def with_tables(text: str, made: Mapping[str, str]) -> str:
    """A page with each of its tables as it is made now."""

    def anew(found: re.Match[str]) -> str:
        return f"<!-- costs: {found[1]} -->\n{made[found[1]]}\n<!-- end -->"

    return re.sub(r"<!-- costs: (\w+) -->\n.*?<!-- end -->", anew, text, flags=re.DOTALL)


def main() -> None:
    """Write the tables into the pages that have them."""
    made = tables()
    for page in sorted(DOCS.glob("*.md")):
        before = page.read_text(encoding="utf-8")
        after = with_tables(before, made)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(page)


if __name__ == "__main__":
    main()
