"""Ranks slates for a user from item statistics and the user's state. Pure: numpy in, numpy out."""
