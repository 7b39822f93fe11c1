"""What a task is, how it lives, and who watches over it."""
