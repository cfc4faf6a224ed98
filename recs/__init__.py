"""The core of the service: interactions, lists and scores. Does not use Flask or Celery."""
