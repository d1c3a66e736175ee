"""`penchant bench`: figures that anyone can rerun, all of one table from one run on one machine.

cpu        CPU seconds of each part of the stack
run        one run of the job over a backlog or over paced traffic
pipeline   the runs of `penchant bench pipeline`, and their report
"""
