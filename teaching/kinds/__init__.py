"""The kinds of claims that an explanation makes, a module a group; `registry` lists them all."""
