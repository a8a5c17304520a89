"""OpenAI's interface for what is here: tasks, their releases and the model itself under the name `model`."""
