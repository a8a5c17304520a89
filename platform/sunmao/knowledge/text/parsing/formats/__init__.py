"""One file here for each kind of file: it declares a `FORMAT`, and that is all it takes."""
