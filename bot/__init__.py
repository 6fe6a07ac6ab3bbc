"""Everything that runs: channels, flows, pipeline, outbox, web and the command line. The rules live in `loyalty`, the rows in `storage`."""
