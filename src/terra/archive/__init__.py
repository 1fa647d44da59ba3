"""Archives and source folders, assumed hostile, to payloads; `extract` unpacks, `payload.open_payload` opens."""
