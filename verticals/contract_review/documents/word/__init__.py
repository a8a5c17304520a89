"""Word documents as a tree of paragraphs and runs: ECMA-376 part 1, §17."""
