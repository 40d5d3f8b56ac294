"""New labelled faces from those of a set: planned, made, judged, and laid out for trainers."""
