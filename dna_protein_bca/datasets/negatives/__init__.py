"""DNA that a protein does not bind, drawn to resemble the DNA that it binds."""
