"""From daily statistics to posteriors, by closed forms only.

In: stored cells, a question, priors. Out: a profile, or scores of items.

decay         age in days -> weight of a date
cells         stored bytes -> exact sums of the dates that weigh the same
evidence      exact sums x weights -> weighted evidence and its effective size
priors        what is believed of a user of whom nothing is known
dirichlet     categorical: prior + evidence -> posterior
normal_gamma  numeric: prior + evidence -> posterior
question      what is asked: dates, dimensions, decay, weights, level
profile       rows + question -> posterior per dimension
score         posteriors + items -> lift over the prior, ranked
"""
