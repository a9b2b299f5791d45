"""The studio: a page on this machine where programs are written beside the heads they explain.

`desk` is what lies on the table (texts, heads, programs), `asks` what a page may ask of it, `app`
and `guard` hand that to one browser and nobody else; `page` is the page, of our scripts and the
report's.
"""
