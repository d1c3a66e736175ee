"""The console: `penchant COMMAND`, a file per command.

In: options and environment. Out: text or, with --json, JSON on standard output; a message for people on an error.

main     the group of all commands, and where errors become messages
options  options that several commands share
environ  what commands hand on to the processes that they start
"""
