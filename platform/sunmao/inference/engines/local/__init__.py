"""The engine `transformers`: one base model in this process, many adapters, one batch for all who ask.

`engine` is what the rest of the platform sees; `batching` owns the model and is its only thread; `rows` is
one request on its way, `encoding` its prompt, `writing` its text; `memory` is what the model has read;
`loading` brings the model, `adapters` keeps the adapters that were asked for, and `lora` puts each row's
adapter on top of the base. Nothing but this package imports torch.
"""
