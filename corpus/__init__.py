"""The records: documents, items and passages, where they are kept, and the collection that ships."""
