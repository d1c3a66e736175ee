"""The domain, pure: events -> statistics -> posteriors. It knows neither Flink nor the store, and reads no clock.

catalogues   what can be counted: types of events and dimensions of items, from one TOML file
events       bytes of a record -> compact event with its date and batch, or a reason why it does not count
statistics   events of a batch -> one statistic per dimension, in exact integers, and its stored bytes
model        stored bytes, a question, priors -> posteriors, profiles and scores, in closed form
settings     an environment -> one typed struct per process
errors       the tree of all errors
"""
