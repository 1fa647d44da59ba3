"""Builds terra plugins, which are Terraform files, as Python wheels."""

__version__ = "0.1.0"
