"""One module a source of data, each read into the same training set."""
