"""The neural models: small networks that choose, within what the rules allow, as the music they learned from would."""
