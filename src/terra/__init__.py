"""terra, the package manager for Terraform building blocks."""

__version__ = "0.1.0"
