"""Pictures to notebook: ionic_conductivity."""
