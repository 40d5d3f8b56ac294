"""The eye and the mouth region of aligned faces, cut out and pasted back, as tensors."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor

from lgpgan.faces.alignment import TEMPLATE_SIZE
from lgpgan.faces.regions import EYE_BOX, MOUTH_LEFT, MOUTH_SIZE
from lgpgan.networks.label_convolution import SplitLabel

__all__ = ["crop_eyes", "crop_mouth", "global_label", "paste_eyes", "paste_mouth"]


def crop_eyes(image: Tensor) -> Tensor:
    """The eye region (B, C, 48, 96) of faces (B, C, 128, 128)."""
    return image[..., EYE_BOX.rows, EYE_BOX.columns]


def crop_mouth(image: Tensor, top: Tensor) -> Tensor:
    """The mouth region (B, C, 48, 64) of faces (B, C, 128, 128), first row ``top`` (B,)."""
    height, width = MOUTH_SIZE
    columns = image[..., MOUTH_LEFT : MOUTH_LEFT + width]
    top = top.to(image.device)
    return _rows(columns, top[:, None] + torch.arange(height, device=image.device))


def paste_eyes(crop: Tensor) -> Tensor:
    """Put an eye region (B, C, 48, 96) into zeros (B, C, 128, 128)."""
    return _pad(crop, EYE_BOX.top, EYE_BOX.left)


def paste_mouth(crop: Tensor, top: Tensor) -> Tensor:
    """Put mouth regions (B, C, 48, 64) into zeros (B, C, 128, 128), first row ``top`` (B,)."""
    height, width = MOUTH_SIZE
    top = top.to(crop.device)
    rows = torch.arange(TEMPLATE_SIZE, device=crop.device) - top[:, None] + 1
    right = TEMPLATE_SIZE - MOUTH_LEFT - width
    framed = F.pad(crop, (MOUTH_LEFT, right, 1, 1))  # a row of zeros above and below
    return _rows(framed, rows.clamp(0, height + 1))


def global_label(mouth: Tensor, eyes: Tensor | None) -> Tensor | SplitLabel:
    """The label (B, N) of the whole face; the eyes' one down to the lower border of their region.

    Args:
        mouth: (B, N) target of the mouth.
        eyes: (B, N) target of the eyes; None, or the same tensor, where it is the mouth's.
    """
    if eyes is None or eyes is mouth:
        return mouth
    return SplitLabel(eyes, mouth, border=EYE_BOX.top + EYE_BOX.height)


def _rows(image: Tensor, rows: Tensor) -> Tensor:
    """Rows (B, R) of images (B, C, H, W), others for each: (B, C, R, W). Traced, not looped."""
    return image.gather(2, rows[:, None, :, None].expand(-1, image.shape[1], -1, image.shape[3]))


def _pad(crop: Tensor, top: int, left: int) -> Tensor:
    height, width = crop.shape[-2:]
    right, bottom = TEMPLATE_SIZE - left - width, TEMPLATE_SIZE - top - height
    return F.pad(crop, (left, right, top, bottom))
