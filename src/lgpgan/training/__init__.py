"""The training loop: options, state, statistics, and validation on people kept out."""
