"""Every call to the operating system: files, network, other programs, the clock."""
