"""Everything that runs: channels, flows, pipeline, outbox, web. Rules live in `loyalty`, rows in `storage`."""
