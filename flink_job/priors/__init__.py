"""Priors from what is stored: `penchant priors fit`.

rows      the deltas to learn from, out of the store or out of the log
sample    a seeded sample of users from those rows
offered   items on offer, and lists that were shown, from files of JSON lines
choices   what was chosen from those lists -> the coefficients of a score
fit       the steps in their order -> a version of priors and its report
"""
