"""SCIM 2.0 (RFC 7643, RFC 7644): providers such as Okta and Entra send their people and groups before they sign in."""
