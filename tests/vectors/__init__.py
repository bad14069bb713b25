"""What the programs in Python and the page have to do alike, as JSON: run by pytest and by ``node --test``."""
