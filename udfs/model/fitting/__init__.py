"""Priors from a population: empirical Bayes, by maximising closed-form marginal likelihoods.

In: the evidence of many users, items on offer, choices. Out: `Priors` and a report of how the search went.

polya        counts of many users -> the Dirichlet from which their shares came
normal       moments of many users -> the normal-gamma from which their means and precisions came
vocabulary   which categories the prior names, and what stays in reserve
choices      lists and what was chosen -> how much each dimension counts in a score
population   all dimensions together -> priors
convergence  how a search went
"""
