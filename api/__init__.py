"""Statistic -> posterior over HTTP. Serving reads the store and nothing else: it goes on, stale, when the job is down.

__main__, worker  the processes, and the application of one of them
settings, log     what a process can be told; its logs
app               joins settings, source and clock into the application
source            what is asked of the store; connection is the session, opened in the process that uses it

exchange          one request: read whole, let in, answered; with body, bodies, paths, headers and etag
access            who may ask; with keyring and limiter
routes            the questions over HTTP; people_routes a person's rights; page what people look at
errors, document  every error -> a problem (RFC 9457); OpenAPI, and a page that shows it without any network

question          query parameters (parameters lists them) -> Question; with presets, and person for whose ids are meant
items, profiles   bodies -> what is asked
persons           the rows of a person, without what an erasure or an objection excludes
generations, model, freshness  which generation, which priors, how far the job has come: each remembered for a moment
service           question -> one read -> posteriors -> answers
rights, receipts  erasure, objection and aliases, and what is said of them
records, history  history and export: what is stored, as counted

status, health, metrics  what operators ask
client            asks all this from Python; with calls, and memory of what was answered before
"""
