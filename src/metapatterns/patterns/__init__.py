"""One module for each pattern: its behaviour first, then its doors."""
