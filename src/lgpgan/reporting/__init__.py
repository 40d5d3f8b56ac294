"""Results as tables, as figures for papers, and as pages that need only a browser."""
