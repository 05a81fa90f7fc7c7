"""What commands say beside their results: pages, and warnings."""
