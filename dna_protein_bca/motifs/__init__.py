"""What a motif is and does: log-odds, information, scores of DNA and k-mers, consensus."""
