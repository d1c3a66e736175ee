"""From daily statistics to posteriors, by closed forms only.

In: stored cells, a question, priors. Out: a profile, or scores of items.

question      what is asked: dates, dimensions, decay, weights, level
decay         age in days -> weight of a date
cells         stored bytes -> exact sums of the dates that weigh the same
evidence      exact sums x weights -> weighted evidence and its effective size
priors        what is believed of a user of whom nothing is known; fitting finds it in a population
dirichlet     categorical: prior + evidence -> posterior
normal_gamma  numeric: prior + evidence -> posterior; student_t is what it says of the next number
mixture       numeric: one normal, or several modes over the bins of grid
posterior     rows + question -> posterior per dimension
interval      equal tails of a posterior; trigamma the variances of logarithms
baseline      what a taste is compared with
profile       posteriors -> what is said of each dimension
lifts, items  what each value says for an item; items laid out over that
score         posteriors + items -> lift over the baseline, ranked
"""
