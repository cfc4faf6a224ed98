"""Plays the grader's users against the service over HTTP, or against policies in process."""
