"""The ledger, on both databases: module by module, and against what a plain count says."""
