"""The register machine: its instructions and the compiled code that runs them."""
