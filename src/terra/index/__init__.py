"""Registries: what turns a name into releases.

Every kind answers the port `terra.ports.Index`; `locate` tells which kind a location is. The room reads
documents through a transport and judges their shape; it fetches no archive and chooses no version.
"""
