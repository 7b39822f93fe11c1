"""The servers outside: real ones through a pool of connections, and simulated ones."""
