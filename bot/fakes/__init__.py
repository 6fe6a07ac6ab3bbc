"""Strict loopback stand-ins of the providers (Bot API, Twilio): for demo, tests and benchmarks, never production."""
