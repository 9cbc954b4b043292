"""The values that everything else passes around, and the arithmetic on them. Standard library only."""
