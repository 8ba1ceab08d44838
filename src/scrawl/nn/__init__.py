"""Networks in NumPy: pure arrays, no files, no printing, no clock, no global randomness."""
