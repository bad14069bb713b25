"""Campaigns that are make targets of their own."""
