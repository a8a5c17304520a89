"""The composition root: settings, URLs and processes. The only place that may name verticals."""
