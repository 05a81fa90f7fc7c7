"""Proteins before any model reads them: domains, identities, input features, measured relatives."""
