"""Conversations as data: a flow's schema (`model`), the `engine` and the `library` it runs, `check`, `show`, `publish`.

`definitions/` holds the flows themselves.
"""
