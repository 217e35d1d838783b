"""Reports: what a run, or several that are merged, came to; as values, and as what shows them. Pure."""
