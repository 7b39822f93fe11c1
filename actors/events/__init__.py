"""What is told of changes: the outbox, who has subscribed, and how each of them is told."""
