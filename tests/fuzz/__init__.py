"""Sends hostile and malformed requests to the real services."""
