"""The servers, their systems and the aggregates of them: records and their rules."""
