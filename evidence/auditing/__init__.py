"""How good the linkage of a city is, by a sample that people judged: where to look, and what it comes to."""
