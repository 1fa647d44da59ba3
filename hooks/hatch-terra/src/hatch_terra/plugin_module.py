"""A terra plugin: data, which terra reads and never imports; the files are in `payload/`."""
