"""Photo to aligned face and back: reading, detection, alignment, regions, paste-back, writing."""
