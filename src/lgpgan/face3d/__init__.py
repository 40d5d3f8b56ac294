"""The 3-D face: its model, fit, renderer, and the exact flow between two renders."""
