"""Statistic -> posterior over HTTP. Serving reads the store and nothing else: it goes on, stale, when the job is down.

settings     what a process can be told
worker       one process's application; `python -m api` serves it
app          joins settings, reader and clock into the application
connection   the session with the store, opened in the process that uses it
routes       the two questions over HTTP
question     query parameters -> Question
presets      questions under a name
model        priors from the store -> the model in force
items        items to be scored -> values per dimension
service      question -> one read -> posteriors -> answer
answers      what is said, as structs
freshness    how far the job has come
status       what the job last told of itself: rate, lag, rejects
health       liveness and readiness
errors       every error -> a problem (RFC 9457)
document     OpenAPI, and a page that shows it without any network
"""
