"""Whether an event is one of those that somebody wants."""

from actors.events.records import Event, EventChoice


def meets(choice: EventChoice, event: Event) -> bool:
    """Whether the event meets every criterion of the choice."""
    message_id = event.message.message_id
    return (
        (not choice.registries or event.registry_prefix in choice.registries)
        and event.registry_prefix not in choice.excluded_registries
        and (not choice.message_ids or _is_one_of(message_id, choice.message_ids))
        and not _is_one_of(message_id, choice.excluded_message_ids)
        and (not choice.resource_types or event.resource_type in choice.resource_types)
        and (not choice.origins or _is_from(event.origin, choice.origins, subordinate=choice.subordinate))
        and (not choice.event_types or event.event_type in choice.event_types)
        and (not choice.severities or event.message.severity in choice.severities)
    )


def _is_one_of(message_id: str, named: tuple[str, ...]) -> bool:
    """By the whole MessageId, or by its registry and key, whatever the version."""
    registry, *_, key = message_id.split(".")
    return message_id in named or f"{registry}.{key}" in named


def _is_from(origin: str, resources: tuple[str, ...], *, subordinate: bool) -> bool:
    return any(
        origin == resource or (subordinate and origin.startswith(f"{resource}/"))
        for resource in (named.removesuffix("/") for named in resources)
    )
