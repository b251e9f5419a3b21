"""Pictures to notebook: active_learning."""
