"""Honest figures: expression recognisers, identity, and the optional files they need."""
