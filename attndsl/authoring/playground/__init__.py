"""The playground: a static page on which the compiler itself runs, in the browser, by Pyodide.

`folder` writes it: the page, the worker that loads Python, and `wheels`, what Python is to import.
`inside` is what the page may ask; it runs in the worker, and has nothing but the parser to lean on.
"""
