"""How a JVM part writes its log: to its output, which the supervisor keeps in a file."""

CONSOLE = """rootLogger.level=INFO
rootLogger.appenderRef.console.ref=console
appender.console.name=console
appender.console.type=Console
appender.console.layout.type=PatternLayout
appender.console.layout.pattern=%d %-5p %c{1}: %m%n
"""
"""Configuration of Log4j 2."""
