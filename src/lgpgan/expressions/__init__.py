"""The classes of expressions, their action units, and mixtures of them."""
