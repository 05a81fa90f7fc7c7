"""A web page that predicts: what `serve` runs. It needs the extra `web`."""
