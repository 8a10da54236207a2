"""What people decide on single links: recorded, never deleted, and binding in every later run (decision 0025)."""
