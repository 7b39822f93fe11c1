"""All commands that ask a service, in the order in which the help page has them."""

from typing import Final

from cli.commands.groups import Later

ASKING: Final[tuple[Later, ...]] = tuple(
    Later(name, f"cli.commands.{module}:{name}", short_help)
    for name, module, short_help in (
        ("login", "login", "Log in to the service at URL."),
        ("logout", "login", "End the session, at the service and here."),
        ("tasks", "tasks", "List tasks, the newest first."),
        ("task", "tasks", "Show a task with its story."),
        ("watch", "watch", "Follow tasks to their ends, a bar for each."),
        ("abort", "abort", "Abort tasks."),
        ("retry", "abort", "Do again what failed of a task."),
        ("reset", "reset", "Reset systems, one or many."),
        ("servers", "servers", "The servers that it manages; without a command: list."),
        ("aggregates", "aggregates", "Sets of systems that are reset together; without a command: list."),
        ("events", "events", "The live stream of events, or who else is told."),
    )
)
