"""Pictures and films: Pillow, numpy, PyAV."""
