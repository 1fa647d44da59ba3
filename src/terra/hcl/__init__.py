"""What a payload's Terraform files declare, read with tree-sitter, and the module block that calls it.

The room reads and never judges: a file that cannot be read is named in `Interface.unparsed`, and what
could still be read of it is given. Nothing is evaluated, and no content makes a function here raise.
"""
