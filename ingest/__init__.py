"""From a source (file, folder, URL) to documents: fetch, load, normalise."""
