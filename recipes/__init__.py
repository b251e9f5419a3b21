"""What made the shipped data: each recipe goes on where it was stopped. Not part of the wheel."""
