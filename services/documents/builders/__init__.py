"""Pure functions from a case file to the context of a document; one file a group of documents."""
