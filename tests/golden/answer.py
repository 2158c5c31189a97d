"""Answer a file of requests, as vLLM's run-batch does: ``answer REQUESTS REPLIES``."""

import json
from pathlib import Path

TEXTS = (
    "The invoice of last week lists a fee that nobody told me about",
    "why is there a second line on my bill",
    "Please send the receipt to my accountant, not to me",
    "I paid by cheque and the reminder came all the same",
    "Can the amount be split over two months?",
    "my discount is missing on the statement",
)


def answer(requests: str, replies: str) -> None:
    """Write a reply to each request."""
    lines = []
    for number, line in enumerate(Path(requests).read_bytes().splitlines()):
        asked = json.loads(line)
        found = {"items": TEXTS}
        message = {"role": "assistant", "content": json.dumps(found)}
        body = {
            "model": asked["body"]["model"],
            "choices": [{"index": 0, "message": message, "finish_reason": "stop"}],
            "usage": {"prompt_tokens": 100, "completion_tokens": 50},
        }
        result = {
            "id": f"vllm-{number}",
            "custom_id": asked["custom_id"],
            "response": {"status_code": 200, "request_id": f"vllm-batch-{number}", "body": body},
            "error": None,
        }
        lines.append(json.dumps(result) + "\n")
    Path(replies).write_text("".join(lines), encoding="utf-8")
