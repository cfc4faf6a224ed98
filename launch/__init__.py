"""How the service is started, kept running and stopped. Knows processes, nothing of films."""
