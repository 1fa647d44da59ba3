"""terra plugins from a shared folder of archives, and a list of those that may be used."""
