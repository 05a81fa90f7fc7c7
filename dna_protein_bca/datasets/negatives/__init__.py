"""DNA that a protein does not bind, drawn to be like the DNA that it binds."""
