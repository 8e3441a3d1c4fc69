"""Pages and protocol addresses of the CAS server."""
