"""The Lua scripts: what must happen in one round trip, or not at all."""
