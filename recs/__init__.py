"""What the service is about: reactions, lists and scores. Knows neither Flask nor Celery."""
