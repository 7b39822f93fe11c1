"""The Redfish face of the service: routes, handlers and what they render."""
