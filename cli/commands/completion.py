"""`completion`: what a shell needs to complete commands, options and their values."""

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print the completion for a shell.

    For bash: eval "$(taskmon completion bash)"; for zsh the same with zsh; for fish:
    taskmon completion fish | source.
    """
    found = get_completion_class(shell)
    assert found is not None, "click knows these three"
    click.echo(found(context.find_root().command, {}, "taskmon", "_TASKMON_COMPLETE").source())
