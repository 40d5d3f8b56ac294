"""An image file in and out: reading, colours, metadata, writing."""
