"""What a finished cell was made of, so that cells that were made otherwise are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lgpgan.datasets.fingerprint import SetFingerprint
from lgpgan.datasets.prepared import PreparedSet
from lgpgan.datasets.splits import TEST
from lgpgan.evaluation.distances.protocols import PROTOCOL
from lgpgan.evaluation.trials import Trials
from lgpgan.methods.registry import METHODS
from lgpgan.training.config import TrainingConfig

__all__ = ["JudgedOn", "Making"]


@dataclass(frozen=True)
class JudgedOn:
    """The faces on which all cells of a comparison are judged.

    Attributes:
        data: what the set holds.
        faces: :attr:`lgpgan.evaluation.trials.RealFaces.names_hash` of the judged faces.
        split: the split that they are from.
        edited: how many of them are edited, always the same ones; None for all.
    """

    data: SetFingerprint
    faces: str
    split: str
    edited: int | None = None

    @classmethod
    def of(cls, prepared: PreparedSet, trials: Trials, split: str = TEST) -> JudgedOn:
        """The faces of the trials of a set, which are of a split."""
        edited = len(set(trials.source.tolist()))
        some = edited if edited < len(trials.real) else None
        return cls(SetFingerprint.of(prepared), trials.real.names_hash, split, some)


@dataclass(frozen=True)
class Making:
    """All that decides the figures of a cell.

    Attributes:
        judged_on: the set and the faces.
        config: the options of its run; None for a baseline.
    """

    judged_on: JudgedOn
    config: TrainingConfig | None

    def to_json(self) -> dict[str, Any]:
        """For the cell's file."""
        return {
            "protocol": PROTOCOL[self.judged_on.split],
            "set": self.judged_on.data.to_json(),
            "faces": self.judged_on.faces,
            "split": self.judged_on.split,
            "edited": self.judged_on.edited,
            "method_version": METHODS[self.config.method].version if self.config else None,
            "config": self.config.learnt() if self.config else None,
        }

    def difference(self, stored: Mapping[str, Any]) -> str:
        """In what a cell was made otherwise, in words; empty where it was made like this.

        Args:
            stored: what :meth:`to_json` gave when the cell was finished.
        """
        ours = self.to_json()
        if not stored:
            return "of an earlier version of lgpgan, which did not say what it was made of"
        if stored.get("protocol") != ours["protocol"]:
            return "judged by the rules of another version of lgpgan"
        try:
            same_set = self.judged_on.data.matches(SetFingerprint.from_json(stored["set"]))
        except (LookupError, TypeError, ValueError):
            same_set = False
        if not same_set:
            return "of another set, or of the same before it was changed"
        if any(stored.get(name) != ours[name] for name in ("faces", "split", "edited")):
            return "judged on other faces"
        if stored.get("method_version") != ours["method_version"]:
            return "trained by the code of another version of its method"
        return _changed(stored.get("config"), ours["config"])


def _changed(stored: Any, ours: Mapping[str, Any] | None) -> str:
    """Which options of a run differ; empty where none does."""
    if ours is None or not isinstance(stored, Mapping):
        return "" if stored == ours else "not trained alike"
    names = [name for name in {**stored, **ours} if stored.get(name) != ours.get(name)]
    if not names:
        return ""
    told = ", ".join(f"{name} {stored.get(name)} and not {ours.get(name)}" for name in names)
    return f"trained with other options: {told}"
