"""Put payloads into a project: plan as values, then apply under a journal.

terra owns exactly the files that it wrote, by hash. A file that it did not write, or that was edited
since, is never overwritten or deleted unless the user said so; a target behind a link is refused.
"""
