"""The commands that ask a service, for taskmon and any other."""
