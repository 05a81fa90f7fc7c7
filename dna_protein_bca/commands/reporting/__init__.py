"""What commands say beside their results: pages, warnings, and how far they are."""
