"""Pure functions from records to Redfish resources."""
