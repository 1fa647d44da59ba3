"""The payload of the plugin `labels`; there is no code."""
