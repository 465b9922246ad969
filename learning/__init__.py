"""Scripts that learn tables and measure numbers from real music."""
