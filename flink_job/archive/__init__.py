"""The archive: the log's records in compressed files by date, for when the log no longer holds them.

files     how files are named, and whether they cover a span of time
archiver  log -> files
table     files -> the table `events` that the job reads, as from the log
"""
