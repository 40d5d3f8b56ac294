"""lgpgan: facial expression synthesis with local and global perception (LGP-GAN).

from lgpgan import Editor

Editor.from_pretrained().edit("portrait.jpg", to="happy").save("happy.jpg")
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from lgpgan.editing.animation import animate
    from lgpgan.editing.editor import Edit, Editor
    from lgpgan.editing.strips import strip
    from lgpgan.errors import LgpganError
    from lgpgan.expressions.expression import Expression
    from lgpgan.expressions.target import Target
    from lgpgan.methods.weights import load_method

__version__ = "0.1.0"

__all__ = [
    "Edit",
    "Editor",
    "Expression",
    "LgpganError",
    "Target",
    "__version__",
    "animate",
    "load_method",
    "strip",
]

_HOMES = {
    "Edit": "lgpgan.editing.editor",
    "Editor": "lgpgan.editing.editor",
    "Expression": "lgpgan.expressions.expression",
    "LgpganError": "lgpgan.errors",
    "Target": "lgpgan.expressions.target",
    "animate": "lgpgan.editing.animation",
    "load_method": "lgpgan.methods.weights",
    "strip": "lgpgan.editing.strips",
}
"""Where the public names live: loaded when first asked for, so that ``lgpgan --help`` is quick."""


def __getattr__(name: str) -> Any:
    if name in _HOMES:
        from lgpgan.packages import needed

        with needed(f"lgpgan.{name} needs"):
            return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module 'lgpgan' has no attribute '{name}'")
