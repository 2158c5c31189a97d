"""Ask a scripted server, as methods and tasks do."""

from dataaug import llms
from dataaug.llms import Bulk, Caps, Connection, Message, Prompt
from dataaug.plugins import Spec

SCHEMA = {
    "type": "object",
    "properties": {"items": {"type": "array", "items": {"type": "string"}}},
    "required": ["items"],
    "additionalProperties": False,
}


def prompts(count, schema=None, start=0, **settings):
    """Return prompts that are all different."""
    return [
        Prompt((Message("user", f"Say something, number {n}"),), schema, seed=n, **settings)
        for n in range(start, start + count)
    ]


def opened(server, cache="off", caps=None, dry=False, bulk=None, **options):
    """Return a model at a scripted server."""
    given = {"model": "m", "base_url": server if isinstance(server, str) else server.url, **options}
    return llms.opened(
        Connection(Spec("openai", given), str(cache), caps or Caps(), dry, bulk or Bulk())
    )


def ask(server, asked, **options):
    """Return the replies of a model that was opened for them."""
    return opened(server, **options)(asked)


def texts(replies):
    return [reply.fault or reply.text for reply in replies]
