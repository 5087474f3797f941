"""Training of the Dutch sentence-embedding model that ships with Samenwijzer; `python -m training --help`."""
