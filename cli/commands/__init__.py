"""One command a file. What is heavy (Celery, numpy, charts) is imported when it is needed."""
