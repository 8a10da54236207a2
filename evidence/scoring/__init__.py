"""Measures that compare the pipeline's tables with a known truth; pure functions of frames and arrays."""
