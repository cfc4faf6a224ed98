"""The command line: `kinolenta`. The only package that uses Click; it may use all others."""
