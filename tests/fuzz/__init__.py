"""What no well-meaning client would send, to the real services."""
