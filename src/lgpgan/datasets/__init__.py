"""Prepared sets on disk, and the batches that training is given."""
