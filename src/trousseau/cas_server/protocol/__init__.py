"""What a CAS server says, apart from who says it: no Django, no database."""
