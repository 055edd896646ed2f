"""Tests of the gateways: real servers stand on the other side."""
