"""The published experiments (arXiv 2606.19317) on any model, with our library and with theirs."""
