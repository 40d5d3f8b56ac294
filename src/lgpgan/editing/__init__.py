"""Photos in, photos out: alone, side by side, moving, and in folders."""
