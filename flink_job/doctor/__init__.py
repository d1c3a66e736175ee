"""What `penchant doctor` looks at before and while a deployment works; each finding says how to mend what is wrong.

doctor    everything that is looked at, in order
finding   what was found, and whether it must be mended
log       Kafka: topics, their settings, permissions, the brokers' clock
store     the store: tables, versions of dimensions, copies, permissions, its clock, the job's progress
services  Flink's and the API's HTTP interfaces
"""
