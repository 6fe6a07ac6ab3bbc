"""Measurements; each module prints one JSON line and measures its baseline in the same run."""
