"""One command per file. Heavy modules (Celery, numpy, charts) are imported when needed."""
