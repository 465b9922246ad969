"""The glossary: terms in plain and in exact words, each with an example that can be drawn and played."""
