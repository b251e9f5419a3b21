"""What all fits share: the loss, and potentials on disk."""
