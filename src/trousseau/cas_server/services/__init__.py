"""What the CAS server does, one file a journey."""
