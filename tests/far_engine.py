"""An engine that hands work over as one on another machine does, and does it in another order."""

import pickle


class Far:
    """Pickles tasks, items and results, and does the last item first.

    Attributes:
        done: how many items were worked on.
    """

    far = True

    def __init__(self):
        self.done = 0

    def map(self, task, items):
        task, items = pickle.dumps(task, 5), [pickle.dumps(item, 5) for item in items]
        results = []
        for item in reversed(items):
            results.append(pickle.dumps(pickle.loads(task)(pickle.loads(item)), 5))
            self.done += 1
        for result in reversed(results):
            yield pickle.loads(result)
