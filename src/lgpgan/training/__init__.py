"""The training loop: options, state, statistics, and a look at people kept out."""
