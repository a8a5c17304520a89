"""The process that learns. It knows no database: a plan and examples come in, events go out, files stay.

Nothing here imports a model's library when it is imported itself, so that pages may list recipes.
"""
