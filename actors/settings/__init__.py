"""What clients have set of the services, kept over restarts."""
