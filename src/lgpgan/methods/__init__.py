"""Methods of facial expression synthesis, one a paper, and their weights as files."""
