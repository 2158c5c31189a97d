"""HTML: templates, style and plots of the report pages; each is one file, without network."""
