"""Clients that speak to providers: the input and output of the routing stage."""
