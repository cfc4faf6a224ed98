"""What the service is about: interactions, lists and scores. Knows neither Flask nor Celery."""
