"""`penchant bench`: figures that anyone can rerun, all of one table from one run on one machine.

cpu        CPU seconds of each part of the stack
run        one run of the job over a backlog or over paced traffic
pipeline   the runs of `penchant bench pipeline`, and their report
model      what an answer costs, without store and HTTP
freshness  event time to readable, by canaries under paced traffic
recovery   a process is killed under load: how long until all is fresh again
"""
