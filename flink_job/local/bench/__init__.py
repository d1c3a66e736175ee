"""`penchant bench`: figures that anyone can rerun, all of one table from one run on one machine.

cpu        CPU seconds of each part of the stack
run        one run of the job over a backlog or over paced traffic
pipeline   the runs of `penchant bench pipeline`, and their report
growth     what an event costs at few and at many users
stored     users of whom rows are stored
serving    a store and an API with these users; the four below ask it
write      our writer against the bare driver's loop
read       partitions read and understood, against the bare driver's loop
api        answers over HTTP, against the same
storage    bytes on disk
load, http closed loops and rates, and the client that makes them
flush      what is in memory goes to disk
spread     several runs as one figure
model      what an answer costs, without store and HTTP
freshness  event time to readable, by canaries under paced traffic
recovery   a process is killed under load: how long until all is fresh again
reprocess  history computed again, beside the live job at first
"""
