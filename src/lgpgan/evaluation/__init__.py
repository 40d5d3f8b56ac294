"""Honest figures of edited faces: expression, identity, change, sharpness, distances of sets."""
