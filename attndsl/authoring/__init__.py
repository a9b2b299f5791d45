"""The compiler's answers while someone writes: one document, checked piece by piece as it changes.

`document` checks, `answers` say what stands at a place, what could stand there and how to mend it;
`lsp` hands them to editors. Whoever shows them else (a page, an agent) takes the same answers.
"""
