"""The figures of the README: ``make bench`` measures, nothing here asserts a time."""
