"""`terra adopt`: what came without terra becomes a plugin, with what the user wrote left as it is.

`folder` is the way in for a copy whose release is known, `proposals` for one whose release is not, `copies` for a
folder of copies, and `blocks` for module blocks that call from elsewhere.
"""
