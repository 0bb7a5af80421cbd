"""The JSON interface, one file a resource."""
