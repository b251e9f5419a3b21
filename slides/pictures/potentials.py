"""Pictures to notebook: potentials."""
