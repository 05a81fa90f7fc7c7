"""What a motif is and does: log-odds, information, scores, k-mers, votes, consensus, sampling."""
