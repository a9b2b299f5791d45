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
    "any" "all" "count" "sum" "mean" "max" "min" "first" "last" "argmax" "argmin"
    "visible" "before" "upto" "after" "between" "row_sum" "row_max" "normalized"
    "at" "similarity" "is_child" "is_ancestor" "same_word"
    "abs" "exp" "log" "sqrt" "floor" "round" "clip"))
