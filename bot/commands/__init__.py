"""The command line, one file a command (`run`) or group of commands (`app`); the folder is searched at start."""
