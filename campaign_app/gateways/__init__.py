"""Gateways: the only code that talks to outside systems."""
