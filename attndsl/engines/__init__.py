"""Programs to matrices: reference, plain, library, kernel and torch engines."""
