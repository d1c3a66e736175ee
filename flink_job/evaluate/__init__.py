"""The evaluation: does the model predict what users do next, and do its intervals hold what they promise?

In: a log of events, simulated or real. Out: a report with tables and pictures. No stack is needed: the functions of the
job and of the API run in this process.

log            events, what was shown, items, and the world that knows the truth
simulated      a log of simulated traffic
lines          a log of JSON lines
split          train | validation | test, by date over all users
histories      decode, batch and fold -> the cells that the store would hold
space          every category and bin of every dimension, side by side
occasions      a user on a day: what is known before, what follows, which lists are shown
offer          the items that are known
forecast       what a method says on every occasion
penchant       the model as the API asks it, over many occasions; the only module that does
rivals         what else could be done with the same events
expectation    what each user is expected to choose, by the hidden taste
longrun        the same over all lists that they might be shown
clusters       means over users, their errors, and what a paired bootstrap says of differences
coverage       do intervals hold the truth as often as they say?
calibration    do predictive probabilities come true?
prediction     log score of what follows, and the rank of what is chosen
promises       intervals beside the truth
tuning         every method with the setting that validation prefers
ground         a log, folded and laid out
evaluate       all of it, in order
report         the outcome as data and as text
plots          the outcome as pictures
"""
