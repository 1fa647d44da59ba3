"""Prove that staged bytes are what was asked for; pure: bytes and values in, `Verified` out.

This room alone constructs `Verified`. It refuses wrong checksums, trees and names, module sources
that leave a plugin without a declared dependency, and what a policy forbids.
"""
