"""Room: the Service Pledge's hospitals, rounds and improvements."""
