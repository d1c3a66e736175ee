"""Statistics: payloads of a batch -> one sufficient statistic per dimension, in exact integers.

counts, moments  the two kinds, of categories and of numbers
statistic        either of them, with the same verbs
tally, fold      the payloads of a batch -> its delta
memory           a batch that has grown is not folded again from its beginning
encoding         statistic <-> stored bytes
"""
