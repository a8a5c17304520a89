"""The rights of this app, named once."""

READ = "prompts.prompt.read"
COMMENT = "prompts.prompt.comment"
EDIT = "prompts.prompt.edit"
REVIEW = "prompts.prompt.review"
TRY = "prompts.playground.run"
