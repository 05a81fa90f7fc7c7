"""What several pages show: sites, proteins, logos, and what numbers cannot say."""
