"""Pictures as SVG text, which a page holds in itself: logos, sites, scores along DNA."""
