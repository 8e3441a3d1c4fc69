"""« Connexion avec SSO CAS »: in through the organisation's CAS server (docs/cas-client.md)."""
