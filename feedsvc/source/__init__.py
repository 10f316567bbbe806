"""Admins' YAML in, entries or problems out."""
