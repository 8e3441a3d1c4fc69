"""What can be done with accounts: plain functions, one journey a module."""
