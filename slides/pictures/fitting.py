"""Pictures to notebook: fitting."""
