"""The whole system from outside, by somebody who has read the interface and nothing else."""
