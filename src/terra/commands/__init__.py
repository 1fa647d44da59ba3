"""One file a verb: each asks the rooms in turn and passes values on; no room calls the next.

The steps that several verbs share have files of their own: `opening` (the project), `naming` (what
the user asked for), `registries` (who answers for a name), `gathering` (resolve, fetch, open, verify,
cache) and `fitting` (plan and apply).
"""
