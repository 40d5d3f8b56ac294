"""Comparing methods: the rows of the paper's Table IV, each trained and judged alike."""
