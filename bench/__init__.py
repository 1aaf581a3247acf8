"""What each part costs, as a ratio to the same work written by hand on the raw driver in the same run."""
