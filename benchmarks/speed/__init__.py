"""Speed: steps per second, beside references in the same run."""
