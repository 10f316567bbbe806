"""What a document shows, turned into its bytes."""
