"""The page's words in languages other than English, one file each."""
