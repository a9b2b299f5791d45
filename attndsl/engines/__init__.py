"""Programs to matrices: reference, plain, batch, kernel and torch engines."""
