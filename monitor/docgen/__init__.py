"""The generated parts of `docs/`: schemas, API documents, diagrams and tables."""
