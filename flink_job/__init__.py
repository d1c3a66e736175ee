"""The job, from the log to exact statistics in the store, and every command around it.

pipeline    which operators there are, how they are joined, and what is delivered: begin here
__main__    submitted to Flink, it builds the pipeline; settings is what it can be told

The steps: source (1. read), decode (2.), collect (3.), write (4. fold and 5. write) with exclude in front of the fold
and settle behind the write; letter and letters for what was not counted, replay and repeats for what of it is sent
again. keyed is the other plan and collect's oracle; discard is the write without a store.

start, restore, recovery, savepoint   what is checked before the job begins or goes on
progress, position, waiting, reporting, growth, margin, metrics   what the job tells of itself
log, broker, share          the log read again, how Kafka is reached, a part of the users
notation, heap, clock       how Flink writes texts and paths; the garbage collector of a worker; the present

verify                      does the store hold what the log says?
reprocess, generations      history computed again, and the switch to it
priors, evaluate            what is believed of anybody; whether the model is any good
archive                     the log as files
doctor                      what is wrong with a deployment
local                       the stack on one machine: demo, benches, traffic, soak
console                     the commands, a file each
"""
