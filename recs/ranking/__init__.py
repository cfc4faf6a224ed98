"""From what is known of items and of one user to that user's slate. Pure: numpy in, numpy out."""
