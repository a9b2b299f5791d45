"""From programs to a plan: which instruction fills which register, in which pass."""
