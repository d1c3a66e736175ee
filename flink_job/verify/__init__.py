"""Verify: does the store hold exactly what the log says?

recount  the whole log, decoded and folded again by the same functions -> what should be stored, what refused
compare  that against the store, cell by cell, and against the dead letters, letter by letter
report   the outcome: cells compared, missing, extra, different; and whether the books balance
verify   the steps in order: once the job has caught up, or of what is closed while the log grows
"""
