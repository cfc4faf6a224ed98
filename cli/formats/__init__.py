"""Reads files that people have as titles and opinions. A module per format; `find` chooses."""
