"""Coming in by SAML 2.0: allauth's provider decides who it is, python3-saml checks every signature and condition."""
