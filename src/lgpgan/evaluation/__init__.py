"""Honest figures: recognisers, identity, change, sharpness, contempt; baselines; optional files."""
