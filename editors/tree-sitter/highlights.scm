; attndsl over Python's grammar: queries and keys, built-ins, mechanisms' calls, constants.
; Put it where the editor looks for queries, as queries/attndsl/highlights.scm (docs/editors.md).
; inherits: python

((identifier) @variable.builtin
  (#any-of? @variable.builtin "q" "k"))

((identifier) @constant
  (#match? @constant "^[A-Z][A-Z0-9_]*$"))

(attribute attribute: (identifier) @property)

(decorator (identifier) @attribute)

(call function: (identifier) @function.builtin
  (#any-of? @function.builtin
    "abs" "after" "all" "any" "argmax" "argmin" "at" "before" "between" "clip" "count"
    "exp" "first" "floor" "is_ancestor" "is_child" "last" "log" "max" "mean" "min"
    "normalized" "round" "row_max" "row_sum" "same_word" "similarity" "sqrt" "sum" "upto"
    "visible"))
