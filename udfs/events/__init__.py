"""Events: bytes of a record -> compact event, with the date and batch that it belongs to.

record     an entry of the log before anyone has looked inside
event      record -> compact event, or the reason why it does not count
payload    the compact form, and what stands where in it
batch      time of the event and of the log -> date and batch
exclusion  spans of a user's time that do not count
contract   catalogue -> JSON Schema of the events that it takes
"""
