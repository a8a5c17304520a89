"""Files of strangers are read in a process that can do nothing but read them.

`zygote` is that process, `limits` what it gives up, `wire` how it answers, `client` the worker's side, and
`reading` the verbs: one for ingestion, one for readers of another layer.
"""
