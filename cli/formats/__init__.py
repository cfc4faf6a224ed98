"""Files that people have, as titles and opinions: one module a format, `find` chooses."""
