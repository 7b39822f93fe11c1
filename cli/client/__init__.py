"""A client of any Redfish service: sessions, resources, tasks, events."""
