"""New labelled faces from those there are: drawn, made, judged, and laid out for trainers."""
