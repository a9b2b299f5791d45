"""What a reader gets from programs: tasks for blind readers, and their answers scored.

`tasks` draws questions from the maps that a run keeps, `sheets` writes them for readers, `scores`
judges the answers, `asking` gives the sheets to a language model.
"""
