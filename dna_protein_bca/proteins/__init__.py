"""What is known of a protein before any model: its domains, features and relatives."""
