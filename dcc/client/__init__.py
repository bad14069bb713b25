"""Clients: built on the words and the pure layer; the server never imports them."""
