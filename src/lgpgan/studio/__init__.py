"""Labelled expressions from neutral photos and a 3-D face, with the exact flow between them."""
