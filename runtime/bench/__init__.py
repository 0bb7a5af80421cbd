"""The benchmark: what the system costs, as ratios to floors measured in the same run. Light: workflows load it."""
