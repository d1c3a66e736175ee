"""Realistic traffic: items -> listings -> tastes -> sessions -> stream -> producer, and the truth.

A user with a hidden taste is shown lists of items and chooses from them. Tastes are fixed by the seed; what happens is
fixed by the seed, the run token and the values of the clock.

traffic    the settings
items      what is on offer, for any catalogue; columns is the same as matrices
tastes     what each item is worth to a user
listings   what a user is shown; shown is the record of it
sessions   what a user does there
crawlers   users who read everything
malformed  records that are no events
rhythm     the clock of weeks past
stream     all of it interleaved, with the disorder of real logs
message    an event as bytes; lines are such bytes from a file
producer   messages into Kafka
truth      what each user is expected to do; truth_table is that as text
"""
