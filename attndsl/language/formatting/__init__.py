"""From the syntax tree to the one format; `language.formatter` is the door."""
