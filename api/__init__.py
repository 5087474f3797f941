"""The web page and the HTTP API: thin layers over `index.search.Searcher`."""
