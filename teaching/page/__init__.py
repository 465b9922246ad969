"""The page: an explanation as one HTML file that needs nothing else, with its score, its sounds and its terms."""
