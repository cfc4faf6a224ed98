"""The command line: `kinolenta`. The only room that knows Click; it may use all others."""
