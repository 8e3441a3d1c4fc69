"""Trousseau: self-service sign-in and account recovery for schools' digital workspaces."""

__version__ = "0.1.0"
