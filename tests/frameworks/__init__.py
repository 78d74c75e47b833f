"""The patterns beside real frameworks: the laws in one place, a file for each."""
