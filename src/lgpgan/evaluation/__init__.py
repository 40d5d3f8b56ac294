"""Figures of edited faces: expression, identity, change, sharpness, distances between sets."""
