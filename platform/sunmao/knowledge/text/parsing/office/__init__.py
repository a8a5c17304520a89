"""What Word and PowerPoint documents need beyond one file: their text as a person sees it."""
