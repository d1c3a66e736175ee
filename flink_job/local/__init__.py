"""The stack on one machine: Kafka, Cassandra, Flink and the API as plain processes under one supervisor.

settings, preflight, jars      where it lives, what must be there, what is downloaded
part, parts, processes, log4j  one process; all that there are; how they are found again; how they write their logs
kafka, cassandra, cluster      the parts themselves
supervised, supervisor         a part that is watched; the process that watches them all
state, revival                 what the supervisor tells; a lost job and its return
stack                          up, status and down, from outside
flink, job, reprocess          Flink's REST API; a job that is submitted and remembered; history again
live, canary, keys, soak       a stack under traffic, a user of one's own, keys for commands, hours with kills
bench, demo, traffic           what is measured, what is shown, what is sent
"""
