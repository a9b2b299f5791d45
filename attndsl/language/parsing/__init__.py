"""From tokens to the syntax tree: Lark's tables, the nodes that each rule makes, recovery."""
