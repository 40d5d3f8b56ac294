"""Distances between sets of images, and the features that they compare."""
