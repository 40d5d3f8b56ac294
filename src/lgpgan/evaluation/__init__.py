"""Honest figures: recognisers, identity, distances of distributions, and the files they need."""
