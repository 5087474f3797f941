"""From documents to a searchable snapshot, and from a question to hits and cited answers."""
