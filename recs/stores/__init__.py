"""Everything that touches a server or a disk."""
