"""A Message inside a record: an array of its fields."""

from actors.tasks.messages import Mention, Message
from store.packing import Fields


def message_fields(message: Message) -> Fields:
    return (
        message.key,
        message.args,
        message.detail,
        message.resolution_here,
        message.properties,
        message.at,
        message.mention and (message.mention.task, message.mention.owner, message.mention.parent),
    )


def message_from(fields: Fields) -> Message:
    key, args, detail, resolution_here, properties, at, mention = fields
    return Message(
        key,
        tuple(args),
        detail,
        resolution_here,
        tuple(properties),
        at,
        mention and Mention(task=mention[0], owner=mention[1], parent=mention[2]),
    )
