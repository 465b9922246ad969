"""The Song and its neighbours; reading and writing every symbolic file format."""
