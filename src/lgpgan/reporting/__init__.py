"""From results to what people look at: tables, figures, pages that need nothing but a browser."""
