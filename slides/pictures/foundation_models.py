"""Pictures to notebook: foundation_models."""
