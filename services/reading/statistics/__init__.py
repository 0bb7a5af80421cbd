"""Numbers of the office (W02): every figure and the list behind it come from one query object."""
