"""What `quoth doctor` looks at, a file for each part of it; nothing here changes anything."""
