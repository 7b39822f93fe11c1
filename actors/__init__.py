"""Running things: the tasks, who may use them, and what they act on."""
