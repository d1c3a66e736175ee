"""Generations for people: what changed between two, and whether one may be switched to.

fence       what speaks against a switch
switch      switch, roll back and drop
difference  two generations compared, per dimension
"""
