"""Reads configuration files and types the settings."""
