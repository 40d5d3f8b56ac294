"""Blocks, generator and discriminator of Tables II and III, and warping."""
