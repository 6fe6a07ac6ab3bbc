"""Tables, the database, every query, and the ledger's only writer. Knows nothing of rules, flows or channels."""
