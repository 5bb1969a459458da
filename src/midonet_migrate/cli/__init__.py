"""The command line: one small file per verb: parse, call, render."""
