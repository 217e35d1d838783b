"""Simulated upgrades."""
