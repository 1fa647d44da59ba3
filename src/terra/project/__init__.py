"""A project on disk: where it is, what its `terra.toml` and `terra.lock` say, how `terra.toml` is edited.

Refuses secrets in the repository's files and never looks past the repository's root or into a folder
of another owner.
"""
