"""What ``dcc`` makes of a record: pictures, films, lists; and its upkeep. A module a command."""
