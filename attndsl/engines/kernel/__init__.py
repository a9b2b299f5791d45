"""The kernels of programs that stream: rows token by token, of what a plan keeps.

A plan of `graph.streams` becomes the source of a function, as it stands or compiled by Numba. It
holds terms by number; nothing of the program's text is in it.
"""
