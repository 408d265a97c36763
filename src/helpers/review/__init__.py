"""Looks at what is about to be printed: gates, verification, revisions, the archive.

Functions return frozen dataclasses; the caller decides what is fatal, only the CLI prints.
"""
